using System.Text.RegularExpressions;

namespace JamBox.Backend.Devices;

/// <summary>The kinds of devices, as they are stored and shown, and the ids that each may have.</summary>
internal static partial class DeviceKind
{
    /// <summary>A people counter.</summary>
    public const string Box = "box";

    /// <summary>Another device with firmware of its own: a clock, a bell, a sensor.</summary>
    public const string Thing = "thing";

    /// <summary>A computer that stands in a place.</summary>
    public const string Gateway = "gateway";

    /// <summary>In a list: devices of every kind.</summary>
    public const string Any = "all";

    /// <summary>
    /// SQL: true unless a column names a thing or a gateway. Those stand at a place too, and hear and count nobody: what says how many
    /// people there are, and how much of the time somebody listened, must not wait for them.
    /// </summary>
    /// <param name="column">The column with the id.</param>
    public static string CountsSql(string column) =>
        $"NOT EXISTS (SELECT 1 FROM devices other WHERE other.device_id = {column} AND other.kind <> 'box')";

    /// <summary>What an id of any kind looks like.</summary>
    public const string IdPattern = "^[A-Za-z0-9_-]{1,40}$";

    /// <summary>All kinds.</summary>
    public static readonly string[] All = [Box, Thing, Gateway];

    /// <summary>What a list may be asked for.</summary>
    public static readonly string[] Wanted = [Box, Thing, Gateway, Any];

    /// <summary>Says what is wrong with an id that a device is to be registered by; null = nothing.</summary>
    /// <param name="kind">Its kind.</param>
    /// <param name="id">The id.</param>
    public static string? FindIdFault(string kind, string id) =>
        kind == Box ? IsBoxId(id) ? null : "device_id: must be JBNB and 4 digits"
        : !id.All(static c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-') || id.Length is 0 or > 40
            ? "device_id: must be 1 to 40 letters, digits, underscores and hyphens"
        : Reserved().IsMatch(id) ? $"device_id: {id} has the form of a box's id or of a serial number"
        : null;

    private static bool IsBoxId(string id) =>
        id.Length == 8 && id.StartsWith("JBNB", StringComparison.Ordinal) && id.AsSpan(4).IndexOfAnyExceptInRange('0', '9') < 0;

    /// <summary>
    /// JBNB0001 and PP-YYMDD-BBTTR-XXXXX (such as PV-26A18-BC02R-X7KQA), however they are written: an id that reads like one of these on a
    /// label must not be another device.
    /// </summary>
    [GeneratedRegex(
        $"^(JBNB[0-9]{{4}}|{Manufacturing.SerialNumber.HeadPattern}[A-Z0-9]{{5}})\\z",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Reserved();
}
