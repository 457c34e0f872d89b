//! Which static members types have, as far as dirsim knows: what a script is checked against.

/// The static members that dirsim knows, by type; `new` is known of every type that a cast makes.
const MEMBERS: &[(&str, &[&str])] = &[
    ("System.Guid", &["newguid", "parse", "tryparse", "empty", "new"]),
    (
        "System.Math",
        &[
            "abs", "ceiling", "floor", "round", "max", "min", "pow", "sqrt", "truncate", "sign",
            "log", "log10", "exp", "pi", "e", "sin", "cos", "tan",
        ],
    ),
    (
        "System.Convert",
        &[
            "tobase64string",
            "frombase64string",
            "toint32",
            "toint64",
            "todouble",
            "tostring",
            "toboolean",
            "todatetime",
            "tobyte",
            "tochar",
            "touint32",
            "tohexstring",
            "fromhexstring",
        ],
    ),
    (
        "System.String",
        &[
            "isnullorempty",
            "isnullorwhitespace",
            "join",
            "format",
            "concat",
            "compare",
            "empty",
            "equals",
            "new",
        ],
    ),
    (
        "System.DateTime",
        &[
            "now",
            "utcnow",
            "today",
            "parse",
            "parseexact",
            "tryparse",
            "minvalue",
            "maxvalue",
            "fromfiletime",
            "fromfiletimeutc",
            "daysinmonth",
            "isleapyear",
            "new",
            "frombinary",
            "unixepoch",
            "specifykind",
        ],
    ),
    (
        "System.TimeSpan",
        &[
            "fromdays",
            "fromhours",
            "fromminutes",
            "fromseconds",
            "frommilliseconds",
            "fromticks",
            "zero",
            "parse",
            "new",
            "minvalue",
            "maxvalue",
        ],
    ),
    ("System.Int32", &["maxvalue", "minvalue", "parse", "tryparse"]),
    ("System.Int64", &["maxvalue", "minvalue", "parse", "tryparse"]),
    ("System.Byte", &["maxvalue", "minvalue", "parse"]),
    (
        "System.Double",
        &["maxvalue", "minvalue", "parse", "nan", "positiveinfinity", "negativeinfinity", "isnan"],
    ),
    ("System.Boolean", &["parse", "truestring", "falsestring"]),
    (
        "System.Char",
        &[
            "isdigit",
            "isletter",
            "isletterordigit",
            "isupper",
            "islower",
            "iswhitespace",
            "toupper",
            "tolower",
            "ispunctuation",
            "isnumber",
        ],
    ),
    (
        "System.Text.RegularExpressions.Regex",
        &["escape", "unescape", "match", "matches", "ismatch", "replace", "split", "new"],
    ),
    (
        "System.Text.Encoding",
        &["utf8", "unicode", "ascii", "default", "utf32", "bigendianunicode", "getencoding"],
    ),
    (
        "System.Environment",
        &[
            "newline",
            "machinename",
            "username",
            "userdomainname",
            "getenvironmentvariable",
            "getfolderpath",
            "osversion",
            "currentdirectory",
            "tickcount",
            "userinteractive",
        ],
    ),
    (
        "System.IO.Path",
        &[
            "combine",
            "getfilename",
            "getfilenamewithoutextension",
            "getextension",
            "getdirectoryname",
            "changeextension",
            "getrandomfilename",
            "gettempfilename",
            "gettemppath",
            "directoryseparatorchar",
            "ispathrooted",
            "getinvalidfilenamechars",
        ],
    ),
    (
        "System.IO.File",
        &[
            "exists",
            "readalltext",
            "readalllines",
            "writealltext",
            "writealllines",
            "appendalltext",
            "readallbytes",
            "writeallbytes",
            "delete",
        ],
    ),
    ("System.IO.Directory", &["exists"]),
    ("System.Array", &["indexof", "sort", "reverse", "empty"]),
    (
        "System.StringComparer",
        &[
            "ordinalignorecase",
            "ordinal",
            "invariantcultureignorecase",
            "currentcultureignorecase",
            "currentculture",
            "invariantculture",
        ],
    ),
    ("System.Globalization.CultureInfo", &["invariantculture", "currentculture", "getcultureinfo"]),
    ("System.Security.Cryptography.MD5", &["create"]),
    ("System.Version", &["parse", "new"]),
    ("System.Net.WebUtility", &["urlencode", "urldecode", "htmlencode", "htmldecode"]),
    ("System.Web.HttpUtility", &["urlencode", "urldecode", "htmlencode", "htmldecode"]),
    ("System.Uri", &["escapedatastring", "unescapedatastring", "new"]),
    ("System.Diagnostics.Stopwatch", &["startnew", "new"]),
    ("System.BitConverter", &["tostring", "toint32", "getbytes"]),
    ("System.Net.ServicePointManager", &["securityprotocol"]),
    ("System.Management.Automation.ScriptBlock", &["create"]),
    ("System.Console", &["writeline", "write", "outputencoding", "windowwidth", "out"]),
    ("System.Enum", &["getnames", "getvalues", "isdefined", "parse"]),
];

/// Types of which a value can be made with `New-Object` or `::new()`.
const MADE: &[&str] = &[
    "System.Collections.ArrayList",
    "System.Collections.Generic.List",
    "System.Collections.Generic.HashSet",
    "System.Collections.Generic.Dictionary",
    "System.Collections.Generic.Queue",
    "System.Collections.Generic.Stack",
    "System.Collections.Hashtable",
    "System.Collections.Specialized.OrderedDictionary",
    "System.Text.StringBuilder",
    "System.Management.Automation.PSObject",
    "System.Object",
    "System.Management.Automation.PSCredential",
    "System.Guid",
    "System.DateTime",
    "System.TimeSpan",
    "System.Version",
    "System.Uri",
    "System.Net.Mail.MailAddress",
    "System.Random",
    "System.String",
    "System.Exception",
    "System.ArgumentException",
    "System.InvalidOperationException",
    "System.FormatException",
    "System.ApplicationException",
    "System.NotSupportedException",
    "System.Management.Automation.RuntimeException",
    "System.Management.Automation.ItemNotFoundException",
    "System.UnauthorizedAccessException",
    "System.TimeoutException",
    "System.IO.FileNotFoundException",
    "System.ArgumentNullException",
    "System.ArgumentOutOfRangeException",
    "System.IO.IOException",
    "System.NotImplementedException",
    "System.Security.SecureString",
    "System.Text.RegularExpressions.Regex",
    "System.Diagnostics.Stopwatch",
    "System.Text.UTF8Encoding",
    "System.Management.Automation.PSCustomObject",
    "Microsoft.IdentityManagement.PowerShell.ObjectModel.ScopeCondition",
    "Microsoft.IdentityManagement.PowerShell.ObjectModel.JoinCondition",
];

/// Enumerations and their words, in the order of their numbers.
const ENUMERATIONS: &[(&str, &[&str])] = &[
    ("System.StringSplitOptions", &["None", "RemoveEmptyEntries", "TrimEntries"]),
    (
        "System.StringComparison",
        &[
            "CurrentCulture",
            "CurrentCultureIgnoreCase",
            "InvariantCulture",
            "InvariantCultureIgnoreCase",
            "Ordinal",
            "OrdinalIgnoreCase",
        ],
    ),
    (
        "System.DayOfWeek",
        &["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"],
    ),
    ("System.DateTimeKind", &["Unspecified", "Utc", "Local"]),
    (
        "System.ConsoleColor",
        &[
            "Black",
            "DarkBlue",
            "DarkGreen",
            "DarkCyan",
            "DarkRed",
            "DarkMagenta",
            "DarkYellow",
            "Gray",
            "DarkGray",
            "Blue",
            "Green",
            "Cyan",
            "Red",
            "Magenta",
            "Yellow",
            "White",
        ],
    ),
    (
        "System.MidpointRounding",
        &["ToEven", "AwayFromZero", "ToZero", "ToNegativeInfinity", "ToPositiveInfinity"],
    ),
    (
        "System.Text.RegularExpressions.RegexOptions",
        &[
            "None",
            "IgnoreCase",
            "Multiline",
            "ExplicitCapture",
            "Compiled",
            "Singleline",
            "IgnorePatternWhitespace",
            "RightToLeft",
            "ECMAScript",
            "CultureInvariant",
        ],
    ),
    (
        "System.Management.Automation.ErrorCategory",
        &[
            "NotSpecified",
            "OpenError",
            "CloseError",
            "DeviceError",
            "DeadlockDetected",
            "InvalidArgument",
            "InvalidData",
            "InvalidOperation",
            "InvalidResult",
            "InvalidType",
            "MetadataError",
            "NotImplemented",
            "NotInstalled",
            "ObjectNotFound",
            "OperationStopped",
            "OperationTimeout",
            "SyntaxError",
            "ParserError",
            "PermissionDenied",
            "ResourceBusy",
            "ResourceExists",
            "ResourceUnavailable",
            "ReadError",
            "WriteError",
            "FromStdErr",
            "SecurityError",
            "ProtocolError",
            "ConnectionError",
            "AuthenticationError",
            "LimitsExceeded",
            "QuotaExceeded",
            "NotEnabled",
        ],
    ),
    (
        "System.Management.Automation.ActionPreference",
        &["SilentlyContinue", "Stop", "Continue", "Inquire", "Ignore", "Suspend", "Break"],
    ),
    (
        "System.Net.SecurityProtocolType",
        &["SystemDefault", "Ssl3", "Tls", "Tls11", "Tls12", "Tls13"],
    ),
];

/// Returns the words of an enumeration of .NET.
pub(crate) fn words(full: &str) -> Option<&'static [&'static str]> {
    ENUMERATIONS.iter().find(|(name, _)| *name == full).map(|(_, words)| *words)
}

/// Returns whether a type has a static member, as far as dirsim knows.
pub(crate) fn is_known(full: &str, member: &str) -> bool {
    let lower = member.to_lowercase();
    words(full).is_some_and(|words| words.iter().any(|word| word.eq_ignore_ascii_case(member)))
        || (lower == "new" && MADE.contains(&full))
        || MEMBERS.iter().any(|(name, members)| *name == full && members.contains(&lower.as_str()))
}

/// Returns the static members of a type.
pub(crate) fn known(full: &str) -> &'static [&'static str] {
    if let Some(words) = words(full) {
        return words;
    }
    MEMBERS.iter().find(|(name, _)| *name == full).map_or(&[], |(_, members)| members)
}

/// Returns whether `New-Object` makes values of a type.
pub(crate) fn is_made(full: &str) -> bool {
    MADE.contains(&full)
}
