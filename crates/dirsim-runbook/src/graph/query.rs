//! Lists of the tenant as Graph answers them: filter, search, order, page, related objects
//! (`interfaces.md` 6.2).

use dirsim_model::SourceAnchor;
use dirsim_model::attribute::well_known as a;
use dirsim_store::rows;
use dirsim_tenant::object::{State, TenantObject};
use dirsim_tenant::{TenantType, lookup};

use super::object::{self, Names};
use super::url::GraphUrl;
use super::{Found, read};
use crate::bind::Bound;
use crate::error::CommandError;
use crate::graph_filter::{self, GraphFilter};
use crate::session::{Session, tenant_refused};
use crate::value::{Object, PsValue};

/// Objects read at once while all are walked.
const BATCH: usize = 1_000;
/// Objects of the first page.
const PAGE: usize = 100;
/// Related objects that an expansion returns at most.
const EXPANDED_MAX: usize = 20;

/// What a list asks for.
#[derive(Debug, Clone, Default)]
pub(crate) struct Query {
    filter: Option<GraphFilter>,
    search: Vec<(String, String)>,
    order: Vec<(String, bool)>,
    expand: Vec<String>,
    /// The properties to show; the default ones when empty.
    pub(crate) select: Vec<String>,
    /// Most objects to return.
    limit: Option<usize>,
    /// Whether all pages are asked for.
    all: bool,
    /// Whether the answer is counted.
    counted: bool,
    /// How many objects earlier pages held.
    skip: usize,
}

/// Where a list comes from.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Source<'a> {
    /// The active objects of a type.
    Active(TenantType),
    /// The recycle bin, or the objects of one type in it.
    Bin(Option<TenantType>),
    /// Objects by their numbers: members, owners, groups.
    Numbers(&'a [u64]),
}

/// What a list found.
#[derive(Debug)]
pub(crate) struct Answer {
    /// The objects of the page.
    pub(crate) found: Vec<Found>,
    /// How many objects there are on all pages; all are counted only when that was asked for.
    pub(crate) count: usize,
    /// Where the next page begins.
    pub(crate) next: Option<usize>,
}

/// The parts of a query as written, by parameter or in a URL.
#[derive(Default)]
struct Written<'a> {
    filter: Option<&'a str>,
    search: Option<&'a str>,
    order: Vec<&'a str>,
    expand: Vec<&'a str>,
    select: Vec<&'a str>,
    eventual: bool,
    counted: bool,
}

impl Query {
    /// Reads the query of a cmdlet's parameters.
    pub(crate) fn of_parameters(
        session: &Session<'_>,
        bound: &Bound,
        kind: Option<TenantType>,
    ) -> Result<Self, CommandError> {
        let written = Written {
            filter: bound.text("Filter"),
            search: bound.text("Search"),
            order: bound.texts("Sort"),
            expand: bound.texts("ExpandProperty"),
            select: bound.texts("Property"),
            eventual: is_eventual(bound.text("ConsistencyLevel")),
            counted: bound.has("CountVariable"),
        };
        let mut query = Self::read(session, bound, kind, &written)?;
        query.all = bound.switch("All");
        query.limit = bound.integer("Top").map(|top| usize::try_from(top).unwrap_or(0));
        Ok(query)
    }

    /// Reads the query behind the `?` of a URL.
    pub(crate) fn of_url(
        session: &Session<'_>,
        bound: &Bound,
        kind: Option<TenantType>,
        url: &GraphUrl,
        eventual: bool,
    ) -> Result<Self, CommandError> {
        let option = |name: &str| url.option(name);
        let written = Written {
            filter: option("filter"),
            search: option("search"),
            order: option("orderby").into_iter().collect(),
            expand: option("expand").into_iter().collect(),
            select: option("select").into_iter().collect(),
            eventual,
            counted: option("count").is_some_and(|value| value.eq_ignore_ascii_case("true")),
        };
        let mut query = Self::read(session, bound, kind, &written)?;
        query.limit = option("top").and_then(|top| top.parse().ok());
        query.skip = url.offset();
        Ok(query)
    }

    fn read(
        session: &Session<'_>,
        bound: &Bound,
        kind: Option<TenantType>,
        written: &Written<'_>,
    ) -> Result<Self, CommandError> {
        let filter = written.filter.map(|text| parse_filter(bound, text)).transpose()?;
        let advanced = written.eventual && written.counted;
        if let Some(operator) = filter.as_ref().and_then(GraphFilter::advanced)
            && !advanced
        {
            let message = format!(
                "Operator '{operator}' is not supported because the required parameters might be missing. Try adding $count=true query parameter and ConsistencyLevel:eventual header. Refer to https://aka.ms/graph-docs/advanced-queries for more information"
            );
            return Err(unsupported(bound, "Filter", message));
        }
        if written.search.is_some() && !written.eventual {
            let message = "Request with $search query parameter only works through MSGraph with a special request header: 'ConsistencyLevel: eventual'";
            return Err(unsupported(bound, "Search", message.to_owned()));
        }
        let order = orders(&written.order);
        if filter.is_some() && !order.is_empty() && !advanced {
            let message = "Sorting not supported for current query.";
            return Err(unsupported(bound, "Sort", message.to_owned()));
        }
        let select = object::list(&written.select);
        if let Some(kind) = kind {
            let in_filter = filter.as_ref().map(GraphFilter::properties).unwrap_or_default();
            if let Some(name) = object::unknown(session, kind, &in_filter) {
                return Err(no_property(bound, kind, name, "Invalid filter clause"));
            }
            if let Some(name) = object::unknown(session, kind, &select) {
                return Err(no_property(
                    bound,
                    kind,
                    name,
                    "Parsing OData Select and Expand failed",
                ));
            }
        }
        Ok(Self {
            filter,
            search: written.search.map(search_terms).unwrap_or_default(),
            order,
            expand: object::list(&written.expand).into_iter().map(str::to_owned).collect(),
            select: select.into_iter().map(str::to_owned).collect(),
            limit: None,
            all: false,
            counted: written.counted,
            skip: 0,
        })
    }

    /// Returns whether the answer says how many objects there are on all pages.
    pub(crate) const fn is_counted(&self) -> bool {
        self.counted
    }

    /// Returns the names to show.
    pub(crate) fn selected(&self) -> Vec<&str> {
        self.select.iter().map(String::as_str).collect()
    }

    /// Finds what the query asks for.
    pub(crate) fn run(
        &self,
        session: &Session<'_>,
        source: Source<'_>,
    ) -> Result<Answer, CommandError> {
        let limit = match (self.limit, self.all) {
            (Some(limit), _) => limit,
            (None, true) => usize::MAX,
            (None, false) => PAGE,
        };
        // Counting and sorting need all of them; else the walk ends with the page, and one object
        // more says that there are others.
        let enough = if self.counted || !self.order.is_empty() {
            usize::MAX
        } else {
            limit.saturating_add(self.skip).saturating_add(1)
        };
        let mut found = self.collect(session, source, enough)?;
        for (name, descending) in self.order.iter().rev() {
            let key = |found: &Found| {
                let first = object::values(session, &found.object, name).into_iter().next();
                first.map(|value| value.to_text().to_lowercase())
            };
            found.sort_by_cached_key(key);
            if *descending {
                found.reverse();
            }
        }
        let count = found.len();
        found.drain(..self.skip.min(count));
        found.truncate(limit);
        let next = self.skip + found.len();
        Ok(Answer { found, count, next: (next < count).then_some(next) })
    }

    fn collect(
        &self,
        session: &Session<'_>,
        source: Source<'_>,
        enough: usize,
    ) -> Result<Vec<Found>, CommandError> {
        let fits = |found: &Found| self.fits(session, &found.object);
        let kind = match source {
            Source::Active(kind) => kind,
            Source::Bin(kind) => {
                let bin = lookup::recycle_bin(session.tables())?.into_iter();
                let bin = bin.map(|(number, object)| Found { number, object });
                let wanted = bin.filter(|found| kind.is_none_or(|kind| kind == found.object.kind));
                return Ok(wanted.filter(fits).take(enough).collect());
            }
            Source::Numbers(numbers) => {
                let mut found = Vec::new();
                for number in numbers {
                    found.extend(read(session, *number)?.filter(|found| {
                        !matches!(found.object.state, State::Deleted(_))
                            && found.object.is_active()
                            && fits(found)
                    }));
                }
                found.truncate(enough);
                return Ok(found);
            }
        };
        let wanted =
            |found: &Found| found.object.is_active() && found.object.kind == kind && fits(found);
        let candidates = self.filter.as_ref().map(|filter| candidates(session, filter));
        let mut found = Vec::new();
        if let Some(numbers) = candidates.transpose()?.flatten() {
            for number in numbers {
                found.extend(read(session, number)?.filter(&wanted));
            }
            found.truncate(enough);
            return Ok(found);
        }
        let mut last = None;
        while found.len() < enough {
            let batch = rows::after::<TenantObject>(session.tables(), last, BATCH)?;
            let Some((end, _)) = batch.last() else { break };
            last = Some(*end);
            let batch = batch.into_iter().map(|(number, object)| Found { number, object });
            found.extend(batch.filter(&wanted).take(enough - found.len()));
        }
        Ok(found)
    }

    fn fits(&self, session: &Session<'_>, object: &TenantObject) -> bool {
        let filtered = self
            .filter
            .as_ref()
            .is_none_or(|filter| filter.matches(&|name| object::values(session, object, name)));
        filtered
            && self.search.iter().all(|(name, text)| {
                let values = object::values(session, object, name);
                values.iter().any(|value| has_word(&value.to_text(), text))
            })
    }

    /// Adds the related objects that were asked for.
    pub(crate) fn expand(
        &self,
        session: &Session<'_>,
        bound: &Bound,
        found: &Found,
        mut shown: Object,
        names: Names,
    ) -> Result<Object, CommandError> {
        for written in &self.expand {
            // `manager($select=id)` asks for some properties of the related object.
            let name = written.split('(').next().unwrap_or(written);
            let show = |object: &TenantObject| match names {
                Names::Module => object::wrapped(session, object),
                Names::Rest => object::rest(session, object, &[]),
            };
            let related = related(session, found, name)?.ok_or_else(|| {
                no_property(
                    bound,
                    found.object.kind,
                    name,
                    "Parsing OData Select and Expand failed",
                )
            })?;
            let mut objects = Vec::new();
            for number in related.iter().take(EXPANDED_MAX) {
                objects.extend(
                    read(session, *number)?.map(|other| PsValue::from(show(&other.object))),
                );
            }
            let value = if name.eq_ignore_ascii_case("manager") {
                objects.into_iter().next().unwrap_or(PsValue::Null)
            } else {
                PsValue::List(objects)
            };
            let name = if names == Names::Module { object::pascal(name) } else { name.to_owned() };
            shown.properties.retain(|(known, _)| !known.eq_ignore_ascii_case(&name));
            shown.properties.push((name, value));
        }
        Ok(shown)
    }
}

/// Returns the numbers of the active objects that an object is related to by a name of Graph;
/// `None` when there is no such relation.
pub(crate) fn related(
    session: &Session<'_>,
    found: &Found,
    name: &str,
) -> Result<Option<Vec<u64>>, CommandError> {
    let tables = session.tables();
    let to = |attribute| -> Result<Vec<u64>, CommandError> {
        let links = lookup::links(tables, found.number, Some(attribute))?;
        Ok(links.into_iter().map(|(_, to)| to).collect())
    };
    let from = |number, attribute| -> Result<Vec<u64>, CommandError> {
        let links = lookup::linked_from(tables, number, Some(attribute))?;
        Ok(links.into_iter().map(|(_, from)| from).collect())
    };
    let closure = |step: &dyn Fn(u64) -> Result<Vec<u64>, CommandError>| {
        let (mut open, mut seen) = (vec![found.number], Vec::new());
        while let Some(at) = open.pop() {
            for next in step(at)? {
                if !seen.contains(&next) && next != found.number {
                    seen.push(next);
                    open.push(next);
                }
            }
        }
        Ok::<_, CommandError>(seen)
    };
    let mut numbers = match name.to_ascii_lowercase().as_str() {
        "manager" => to(a::MANAGER)?,
        "directreports" => from(found.number, a::MANAGER)?,
        "members" => to(a::MEMBER)?,
        "memberof" => from(found.number, a::MEMBER)?,
        "transitivemembers" => closure(&|at| {
            let links = lookup::links(tables, at, Some(a::MEMBER))?;
            Ok(links.into_iter().map(|(_, to)| to).collect())
        })?,
        "transitivememberof" => closure(&|at| from(at, a::MEMBER))?,
        "owners" => {
            let mut owners = to(a::MANAGED_BY)?;
            if let Some(attribute) = session.schema().attribute("owners") {
                owners.extend(to(attribute)?);
            }
            owners
        }
        _ => return Ok(None),
    };
    let mut active = Vec::with_capacity(numbers.len());
    for number in numbers.drain(..) {
        if read(session, number)?.is_some_and(|other| other.object.is_active()) {
            active.push(number);
        }
    }
    Ok(Some(active))
}

fn is_eventual(level: Option<&str>) -> bool {
    level.is_some_and(|level| level.eq_ignore_ascii_case("eventual"))
}

fn unsupported(bound: &Bound, target: &str, message: String) -> CommandError {
    tenant_refused(bound, target, (400, "Request_UnsupportedQuery"), "interfaces 6.2", message)
}

/// Builds the failure for a name that is no property.
pub(crate) fn no_property(bound: &Bound, kind: TenantType, name: &str, what: &str) -> CommandError {
    let resource = object::odata_type(kind).trim_start_matches('#');
    let message = format!("{what}: Could not find a property named '{name}' on type '{resource}'.");
    tenant_refused(bound, name, (400, "BadRequest"), "interfaces 6.2", message)
}

/// Parses a filter.
fn parse_filter(bound: &Bound, text: &str) -> Result<GraphFilter, CommandError> {
    graph_filter::parse(text).map_err(|problem| {
        unsupported(bound, "Filter", format!("Invalid filter clause: {problem}"))
    })
}

/// Reads `displayName desc, mail`.
fn orders(written: &[&str]) -> Vec<(String, bool)> {
    object::list(written)
        .into_iter()
        .map(|part| match part.split_once(char::is_whitespace) {
            Some((name, direction)) => {
                (name.to_owned(), direction.trim().eq_ignore_ascii_case("desc"))
            }
            None => (part.to_owned(), false),
        })
        .collect()
}

/// Reads `"displayName:ann" AND "mail:ann"`.
fn search_terms(text: &str) -> Vec<(String, String)> {
    text.replace('"', "")
        .split(" AND ")
        .filter_map(|term| term.trim().split_once(':'))
        .map(|(name, value)| (name.trim().to_owned(), value.trim().to_lowercase()))
        .collect()
}

/// Returns whether a text or one of its words begins with what is searched.
fn has_word(text: &str, start: &str) -> bool {
    let text = text.to_lowercase();
    text.starts_with(start)
        || text
            .split(|c: char| !c.is_alphanumeric())
            .any(|word| !word.is_empty() && word.starts_with(start))
}

/// Returns the objects that an index finds for a condition that all results meet.
fn candidates(
    session: &Session<'_>,
    filter: &GraphFilter,
) -> Result<Option<Vec<u64>>, CommandError> {
    let Some((name, value)) = filter.required_equal() else { return Ok(None) };
    let tables = session.tables();
    Ok(match name.to_ascii_lowercase().as_str() {
        "id" => match value.parse() {
            Ok(id) => Some(lookup::by_id(tables, id)?.into_iter().collect()),
            Err(_) => None,
        },
        "userprincipalname" => Some(lookup::by_upn(tables, value)?.into_iter().collect()),
        "onpremisesimmutableid" => {
            let found = lookup::by_anchor(tables, &SourceAnchor::new(value))?;
            Some(found.into_iter().collect())
        }
        "proxyaddresses" if value.to_ascii_lowercase().starts_with("smtp:") => {
            Some(lookup::by_address(tables, value)?)
        }
        _ => None,
    })
}
