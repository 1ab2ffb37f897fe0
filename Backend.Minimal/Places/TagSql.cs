using System.Globalization;
using System.Text.RegularExpressions;

using JamBox.Backend.Security;
using JamBox.Backend.Storage;

namespace JamBox.Backend.Places;

/// <summary>The SQL of tags: words that operators give to devices, and by which they find them again.</summary>
internal static partial class TagSql
{
    /// <summary>Tags of a device.</summary>
    public const int MaxTags = 20;

    /// <summary>What a tag must be, for refusals.</summary>
    public const string Rule = "1 to 40 of A-Z, a-z, 0-9, blank, dot, underscore and hyphen each, no blanks around";

    /// <summary>Whether it is a tag.</summary>
    public static bool IsTag(string text) => TagRule().IsMatch(text) && text.Trim().Length == text.Length;

    /// <summary>The tags of a device, sorted.</summary>
    public static List<string> Of(SqlSession session, string deviceId)
    {
        using SqlStatement row = session.Query("SELECT tag FROM device_tags WHERE device_id = $1 ORDER BY tag", deviceId);
        List<string> tags = [];
        while (row.Read())
        {
            tags.Add(row.Text(0));
        }

        return tags;
    }

    /// <summary>Replaces the tags of a device.</summary>
    public static int Set(SqlSession session, (string DeviceId, IReadOnlyList<string> Tags, string Who, long At) wanted)
    {
        string before = string.Join(", ", Of(session, wanted.DeviceId));
        string after = string.Join(", ", wanted.Tags.Distinct().Order(StringComparer.Ordinal));
        if (before == after)
        {
            return 0;
        }

        session.Execute("DELETE FROM device_tags WHERE device_id = $1", wanted.DeviceId);
        foreach (string tag in wanted.Tags)
        {
            session.Execute("INSERT INTO device_tags (device_id, tag) VALUES ($1, $2) ON CONFLICT DO NOTHING", wanted.DeviceId, tag);
        }

        Audit.Note(session, wanted.Who, "device.tags", wanted.DeviceId, before, after, wanted.At);
        return 1;
    }

    /// <summary>Puts tags on a device and takes others off.</summary>
    /// <returns>What is wrong, or null when it is done.</returns>
    public static string? Change(SqlSession session, (string DeviceId, TagsForMany Change, string Who, long At) wanted)
    {
        List<string> tags = [.. Of(session, wanted.DeviceId).Except(wanted.Change.Remove).Union(wanted.Change.Add)];
        if (tags.Count > MaxTags)
        {
            return string.Create(CultureInfo.InvariantCulture, $"add: {tags.Count} tags, {MaxTags} at most");
        }

        Set(session, (wanted.DeviceId, tags, wanted.Who, wanted.At));
        return null;
    }

    [GeneratedRegex(@"^[A-Za-z0-9 ._-]{1,40}\z")]
    private static partial Regex TagRule();
}
