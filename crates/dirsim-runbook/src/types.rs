//! The .NET types that scripts name, and what their names are short for.

use crate::ast::TypeName;
use crate::live::Live;

/// Short names and the types they stand for (`about_Type_Accelerators`), then types by full name.
const TYPES: &[(&str, &str)] = &[
    ("int", "System.Int32"),
    ("int32", "System.Int32"),
    ("long", "System.Int64"),
    ("int64", "System.Int64"),
    ("uint", "System.UInt32"),
    ("uint32", "System.UInt32"),
    ("ulong", "System.UInt64"),
    ("uint64", "System.UInt64"),
    ("short", "System.Int16"),
    ("int16", "System.Int16"),
    ("byte", "System.Byte"),
    ("double", "System.Double"),
    ("float", "System.Single"),
    ("single", "System.Single"),
    ("decimal", "System.Decimal"),
    ("bool", "System.Boolean"),
    ("boolean", "System.Boolean"),
    ("char", "System.Char"),
    ("string", "System.String"),
    ("object", "System.Object"),
    ("void", "System.Void"),
    ("datetime", "System.DateTime"),
    ("timespan", "System.TimeSpan"),
    ("guid", "System.Guid"),
    ("array", "System.Array"),
    ("hashtable", "System.Collections.Hashtable"),
    ("ordered", "System.Collections.Specialized.OrderedDictionary"),
    ("psobject", "System.Management.Automation.PSObject"),
    ("pscustomobject", "System.Management.Automation.PSCustomObject"),
    ("scriptblock", "System.Management.Automation.ScriptBlock"),
    ("switch", "System.Management.Automation.SwitchParameter"),
    ("regex", "System.Text.RegularExpressions.Regex"),
    ("math", "System.Math"),
    ("convert", "System.Convert"),
    ("version", "System.Version"),
    ("uri", "System.Uri"),
    ("xml", "System.Xml.XmlDocument"),
    ("ref", "System.Management.Automation.PSReference"),
    ("mailaddress", "System.Net.Mail.MailAddress"),
    ("type", "System.Type"),
    ("exception", "System.Exception"),
    ("environment", "System.Environment"),
    ("securestring", "System.Security.SecureString"),
    ("pscredential", "System.Management.Automation.PSCredential"),
    ("validateset", "System.Management.Automation.ValidateSetAttribute"),
    ("bigint", "System.Numerics.BigInteger"),
    ("cultureinfo", "System.Globalization.CultureInfo"),
    ("stringsplitoptions", "System.StringSplitOptions"),
    ("stringcomparison", "System.StringComparison"),
    ("stringcomparer", "System.StringComparer"),
    ("dayofweek", "System.DayOfWeek"),
    ("datetimekind", "System.DateTimeKind"),
    ("consolecolor", "System.ConsoleColor"),
    ("console", "System.Console"),
    ("bitconverter", "System.BitConverter"),
    ("random", "System.Random"),
    ("midpointrounding", "System.MidpointRounding"),
    ("activator", "System.Activator"),
    ("collections.arraylist", "System.Collections.ArrayList"),
    ("collections.hashtable", "System.Collections.Hashtable"),
    ("collections.generic.list", "System.Collections.Generic.List"),
    ("collections.generic.hashset", "System.Collections.Generic.HashSet"),
    ("collections.generic.dictionary", "System.Collections.Generic.Dictionary"),
    ("collections.generic.queue", "System.Collections.Generic.Queue"),
    ("collections.generic.stack", "System.Collections.Generic.Stack"),
    (
        "collections.specialized.ordereddictionary",
        "System.Collections.Specialized.OrderedDictionary",
    ),
    ("text.encoding", "System.Text.Encoding"),
    ("text.stringbuilder", "System.Text.StringBuilder"),
    ("text.regularexpressions.regex", "System.Text.RegularExpressions.Regex"),
    ("text.regularexpressions.regexoptions", "System.Text.RegularExpressions.RegexOptions"),
    ("text.regularexpressions.match", "System.Text.RegularExpressions.Match"),
    ("io.path", "System.IO.Path"),
    ("io.file", "System.IO.File"),
    ("io.directory", "System.IO.Directory"),
    ("io.ioexception", "System.IO.IOException"),
    ("io.filenotfoundexception", "System.IO.FileNotFoundException"),
    ("io.directorynotfoundexception", "System.IO.DirectoryNotFoundException"),
    ("diagnostics.stopwatch", "System.Diagnostics.Stopwatch"),
    ("net.mail.mailaddress", "System.Net.Mail.MailAddress"),
    ("globalization.cultureinfo", "System.Globalization.CultureInfo"),
    ("web.httputility", "System.Web.HttpUtility"),
    ("net.webutility", "System.Net.WebUtility"),
    ("management.automation.pscustomobject", "System.Management.Automation.PSCustomObject"),
    ("management.automation.psobject", "System.Management.Automation.PSObject"),
    ("management.automation.scriptblock", "System.Management.Automation.ScriptBlock"),
    ("management.automation.errorrecord", "System.Management.Automation.ErrorRecord"),
    ("management.automation.errorcategory", "System.Management.Automation.ErrorCategory"),
    ("management.automation.switchparameter", "System.Management.Automation.SwitchParameter"),
    ("management.automation.pscredential", "System.Management.Automation.PSCredential"),
    ("management.automation.actionpreference", "System.Management.Automation.ActionPreference"),
    ("security.securestring", "System.Security.SecureString"),
    ("security.cryptography.md5", "System.Security.Cryptography.MD5"),
    ("directoryservices.activedirectory.forest", "System.DirectoryServices.ActiveDirectory.Forest"),
    ("io.fileinfo", "System.IO.FileInfo"),
    (
        "microsoft.identitymanagement.powershell.objectmodel.scopecondition",
        "Microsoft.IdentityManagement.PowerShell.ObjectModel.ScopeCondition",
    ),
    (
        "microsoft.identitymanagement.powershell.objectmodel.joincondition",
        "Microsoft.IdentityManagement.PowerShell.ObjectModel.JoinCondition",
    ),
    ("net.servicepointmanager", "System.Net.ServicePointManager"),
    ("net.securityprotocoltype", "System.Net.SecurityProtocolType"),
    ("collections.ienumerable", "System.Collections.IEnumerable"),
    ("collections.ilist", "System.Collections.IList"),
    ("collections.idictionary", "System.Collections.IDictionary"),
    ("valuetype", "System.ValueType"),
    ("enum", "System.Enum"),
    ("formatexception", "System.FormatException"),
    ("argumentexception", "System.ArgumentException"),
    ("argumentnullexception", "System.ArgumentNullException"),
    ("argumentoutofrangeexception", "System.ArgumentOutOfRangeException"),
    ("invalidoperationexception", "System.InvalidOperationException"),
    ("invalidcastexception", "System.InvalidCastException"),
    ("indexoutofrangeexception", "System.IndexOutOfRangeException"),
    ("dividebyzeroexception", "System.DivideByZeroException"),
    ("notimplementedexception", "System.NotImplementedException"),
    ("notsupportedexception", "System.NotSupportedException"),
    ("unauthorizedaccessexception", "System.UnauthorizedAccessException"),
    ("timeoutexception", "System.TimeoutException"),
    ("applicationexception", "System.ApplicationException"),
    ("systemexception", "System.SystemException"),
    ("nullreferenceexception", "System.NullReferenceException"),
    ("overflowexception", "System.OverflowException"),
    ("net.webexception", "System.Net.WebException"),
    ("management.automation.runtimeexception", "System.Management.Automation.RuntimeException"),
    (
        "management.automation.commandnotfoundexception",
        "System.Management.Automation.CommandNotFoundException",
    ),
    (
        "management.automation.parameterbindingexception",
        "System.Management.Automation.ParameterBindingException",
    ),
    (
        "management.automation.itemnotfoundexception",
        "System.Management.Automation.ItemNotFoundException",
    ),
    (
        "management.automation.methodinvocationexception",
        "System.Management.Automation.MethodInvocationException",
    ),
    (
        "management.automation.psinvalidcastexception",
        "System.Management.Automation.PSInvalidCastException",
    ),
    (
        "management.automation.psargumentexception",
        "System.Management.Automation.PSArgumentException",
    ),
    (
        "management.automation.actionpreferencestopexception",
        "System.Management.Automation.ActionPreferenceStopException",
    ),
    ("management.automation.parametereventargs", "System.Management.Automation.ParameterEventArgs"),
    ("microsoft.activedirectory.management.aduser", "Microsoft.ActiveDirectory.Management.ADUser"),
    (
        "microsoft.activedirectory.management.adgroup",
        "Microsoft.ActiveDirectory.Management.ADGroup",
    ),
    (
        "microsoft.activedirectory.management.adobject",
        "Microsoft.ActiveDirectory.Management.ADObject",
    ),
    (
        "microsoft.activedirectory.management.adcomputer",
        "Microsoft.ActiveDirectory.Management.ADComputer",
    ),
];

/// Namespaces whose types stand in `catch` and `-is` for what cmdlets throw and return.
const OPEN: &[&str] = &[
    "microsoft.activedirectory.management.",
    "microsoft.online.administration.",
    "microsoft.open.azuread16.",
    "microsoft.open.azuread",
    "microsoft.graph.powershell.",
    "microsoft.identitymanagement.powershell.",
    "microsoft.exchange.",
    "system.management.automation.",
    "microsoft.powershell.commands.",
    "system.directoryservices.",
];

/// Returns the full name of a type; `None` when dirsim knows none of this name.
pub(crate) fn resolve(name: &str) -> Option<&'static str> {
    let lower = name.to_lowercase();
    let short = lower.strip_prefix("system.").unwrap_or(&lower);
    TYPES
        .iter()
        .find(|(known, full)| *known == short || full.eq_ignore_ascii_case(&lower))
        .map(|(_, full)| *full)
}

/// Returns whether a type can stand in `catch`, `-is` and parameters, though nothing makes a value of it.
pub(crate) fn is_open(name: &str) -> bool {
    let lower = name.to_lowercase();
    OPEN.iter().any(|start| lower.starts_with(start))
}

/// Returns the names that a typing mistake may have meant.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    TYPES.iter().flat_map(|(short, full)| [*short, *full])
}

/// Returns the full .NET name of a type, its arguments left out.
pub(crate) fn full_name(name: &TypeName) -> String {
    let base = resolve(&name.name).map_or_else(|| name.name.to_string(), str::to_owned);
    if name.array { format!("{base}[]") } else { base }
}

/// Returns how a type reads as text: the short name when there is one.
pub(crate) fn display(name: &TypeName) -> String {
    let Some(full) = resolve(&name.name) else { return name.name.to_string() };
    let short = TYPES
        .iter()
        .find(|(short, known)| *known == full && !short.contains('.'))
        .filter(|(short, _)| {
            !matches!(
                *short,
                "convert" | "environment" | "exception" | "console" | "random" | "bitconverter"
            )
        })
        .map_or(full, |(short, _)| *short);
    let mut text = short.to_owned();
    if !name.arguments.is_empty() {
        let arguments: Vec<String> = name.arguments.iter().map(display).collect();
        text = format!("{full}[{}]", arguments.join(","));
    }
    if name.array {
        text.push_str("[]");
    }
    text
}

/// Returns the type of a value as a type name, for `.GetType()`.
pub(crate) fn of(value: &Live) -> TypeName {
    let full = value.type_name();
    let (name, array) = match full.strip_suffix("[]") {
        Some(name) => (name.to_owned(), true),
        None => (full.to_string(), false),
    };
    let name = name.split('`').next().unwrap_or(&name).to_owned();
    TypeName {
        name: name.into(),
        arguments: Vec::new(),
        array,
        span: crate::diagnostic::Span::default(),
    }
}

/// Returns whether a value is of a type, or of one that derives from it.
pub(crate) fn is(value: &Live, name: &TypeName) -> bool {
    if value.is_null() {
        return false;
    }
    let wanted = full_name(name).to_lowercase();
    let actual = value.type_name().to_lowercase();
    let actual_plain = actual.split('`').next().unwrap_or_default();
    if wanted == "system.object" || wanted == actual || wanted == actual_plain {
        return true;
    }
    match value {
        Live::Seq(seq) => match wanted.as_str() {
            "system.array" => !seq.grows() && seq.kind != crate::live::SeqKind::Builder,
            "system.collections.ienumerable" | "system.collections.ilist" => true,
            "system.collections.generic.list" => seq.kind == crate::live::SeqKind::List,
            _ => false,
        },
        Live::Table(_) => {
            matches!(
                wanted.as_str(),
                "system.collections.idictionary" | "system.collections.ienumerable"
            )
        }
        Live::Object(object) => {
            object.user.as_ref().is_some_and(|user| {
                user.chain().any(|user| user.definition.name.eq_ignore_ascii_case(&wanted))
            }) || (matches!(
                wanted.as_str(),
                "system.management.automation.pscustomobject"
                    | "system.management.automation.psobject"
            ) && (actual == "system.management.automation.pscustomobject"
                || actual.starts_with("selected.")
                || wanted.ends_with(".psobject")))
                || (actual.ends_with("exception") && exception_is(&actual, &wanted))
                || (wanted.ends_with(".adobject")
                    && object.type_name.starts_with("Microsoft.ActiveDirectory"))
                || (wanted.ends_with(".adprincipal")
                    && object.type_name.starts_with("Microsoft.ActiveDirectory"))
        }
        Live::Type(_) => wanted == "system.type",
        Live::Int(_)
        | Live::Long(_)
        | Live::Byte(_)
        | Live::Double(_)
        | Live::Decimal(_)
        | Live::Bool(_)
        | Live::Char(_)
        | Live::Time(_)
        | Live::Span(_)
        | Live::Guid(_) => wanted == "system.valuetype",
        _ => false,
    }
}

/// Exceptions and what they derive from, beyond `SystemException` and `Exception`.
const PARENTS: &[(&str, &[&str])] = &[
    ("adidentitynotfoundexception", &["adidentityresolutionexception", "adexception"]),
    ("adidentityalreadyexistsexception", &["adexception"]),
    ("adinvalidoperationexception", &["adexception"]),
    ("adpasswordcomplexityexception", &["adpasswordexception", "adexception"]),
    ("adexception", &[]),
    ("psinvalidcastexception", &["invalidcastexception", "runtimeexception"]),
    ("psinvalidoperationexception", &["invalidoperationexception"]),
    ("psargumentexception", &["argumentexception"]),
    (
        "methodinvocationexception",
        &["methodexception", "extendedtypesystemexception", "runtimeexception"],
    ),
    ("commandnotfoundexception", &["runtimeexception"]),
    ("parameterbindingexception", &["runtimeexception"]),
    ("parameterbindingvalidationexception", &["parameterbindingexception", "runtimeexception"]),
    ("actionpreferencestopexception", &["runtimeexception"]),
    ("itemnotfoundexception", &["sessionstateexception", "runtimeexception"]),
    ("filenotfoundexception", &["ioexception"]),
    ("directorynotfoundexception", &["ioexception"]),
    ("argumentnullexception", &["argumentexception"]),
    ("argumentoutofrangeexception", &["argumentexception"]),
];

/// Returns whether an exception is, or derives from, another.
pub(crate) fn exception_is(actual: &str, wanted: &str) -> bool {
    let last = |name: &str| name.to_lowercase().rsplit('.').next().unwrap_or_default().to_owned();
    let (actual, wanted) = (last(actual), last(wanted));
    actual == wanted
        || matches!(wanted.as_str(), "exception" | "systemexception")
        || PARENTS
            .iter()
            .find(|(name, _)| *name == actual)
            .is_some_and(|(_, parents)| parents.contains(&wanted.as_str()))
}
