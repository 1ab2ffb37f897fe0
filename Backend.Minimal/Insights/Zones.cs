using NodaTime;
using NodaTime.TimeZones;

namespace JamBox.Backend.Insights;

/// <summary>
/// Time zones: those of the IANA database that NodaTime brings along, whatever the machine has. A machine's own differs by age and by how
/// it was packed (some lack the past, some have <c>posix/</c>, <c>right/</c> and <c>localtime</c>, Windows has names of its own), and the
/// same place would have other days on another machine.
/// </summary>
internal static class Zones
{
    /// <summary>What a place is told whose zone is none.</summary>
    public const string Rule = "must be an IANA time zone such as Europe/Berlin";

    private static readonly DateTimeZoneCache s_zones = new(TzdbDateTimeZoneSource.Default);
    private static readonly HashSet<string> s_ids = new(TzdbDateTimeZoneSource.Default.GetIds(), StringComparer.Ordinal);

    /// <summary>Version of the database, such as <c>2026a</c>.</summary>
    public static string Version => TzdbDateTimeZoneSource.Default.TzdbVersion;

    /// <summary>Whether it is the id of a zone, in IANA's spelling.</summary>
    public static bool IsKnown(string? id) => id is not null && s_ids.Contains(id);

    /// <summary>The zone of an id; UTC when it is none (any more), so that what was stored long ago still has days.</summary>
    public static DateTimeZone Of(string? id) => IsKnown(id) ? s_zones[id!] : DateTimeZone.Utc;
}
