//! Rule sets that an administrator might make of the default one (SE-140, SE-324 to SE-326).

use dirsim_model::Dice;
use dirsim_rules::{RuleFile, RuleSet};

/// Custom rules beside the default ones; none in the first of them.
const CUSTOM: [&str; 5] = [
    "rules: []\n",
    // SE-324: a negative filter.
    "rules:
  - name: Interns stay out
    connector: forest
    from: user
    to: metaverse person
    precedence: 50
    link: join
    scope:
      - [department EQUAL D1]
    flows:
      constants: {cloudFiltered: 'True'}
",
    // A value of its own, and one that is taken away for good.
    "rules:
  - name: Names in capitals
    connector: forest
    from: user
    to: metaverse person
    precedence: 60
    link: join
    flows:
      expressions: {displayName: 'UCase([displayName])', department: 'IIF([department] = \"D2\", AuthoritativeNull, IgnoreThisFlow)'}
",
    // SE-159: an error for some.
    "rules:
  - name: Nobody may be called Name 7
    connector: forest
    from: user
    to: metaverse person
    precedence: 70
    link: join
    flows:
      expressions: {displayName: 'IIF([displayName] = \"Name 7\", Error(\"a name that is not allowed\"), IgnoreThisFlow)'}
",
    // SR-103: a value that nobody gives wins over the one of the forest.
    "rules:
  - name: Departments are nobody's business
    connector: forest
    from: user
    to: metaverse person
    precedence: 80
    link: join
    scope:
      - [displayName STARTSWITH Name]
    flows:
      expressions: {department: 'AuthoritativeNull'}
",
];

/// Returns a rule set: the default one, mostly with a custom file.
pub fn files(dice: &mut Dice) -> Vec<RuleFile> {
    let mut files = RuleSet::default_files();
    let text = crate::start::one_of(&CUSTOM, dice.next());
    files.push(RuleFile { path: "custom.yaml".to_owned(), text: text.to_owned() });
    files
}

#[cfg(test)]
mod tests {
    use dirsim_store::Workspace;
    use dirsim_world::{Input, ServerEdit};

    use super::*;
    use crate::start::{self, Plan};

    #[test]
    fn every_custom_rule_set_compiles() {
        let mut world = start::world(1, Plan::default(), Workspace::in_memory());
        for text in CUSTOM {
            let mut files = RuleSet::default_files();
            files.push(RuleFile { path: "custom.yaml".to_owned(), text: text.to_owned() });
            let stepped = world.step(Input::Server(ServerEdit::RuleFiles(files)));
            stepped.unwrap_or_else(|problems| panic!("{text}: {problems}"));
        }
    }
}
