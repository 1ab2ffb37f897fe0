using JamBox.Backend.Storage;

namespace JamBox.Backend.Security;

/// <summary>Which firmware a key or user may have.</summary>
/// <param name="Products">The products; null = all.</param>
/// <param name="Platforms">The canonical names of the platforms; null = all.</param>
/// <param name="IsOwn">Whether it is a right of its own, as users have it; else it only limits a role.</param>
internal sealed record FirmwareLimits(IReadOnlyList<string>? Products, IReadOnlyList<string>? Platforms, bool IsOwn)
{
    /// <summary>Nothing is limited, and nothing is given.</summary>
    public static readonly FirmwareLimits None = new(null, null, IsOwn: false);

    private const string AllPlatforms = "*";

    /// <summary>What the platforms of a user say: names, or * for all.</summary>
    /// <param name="platforms">As they are stored, separated by commas; empty = none.</param>
    public static FirmwareLimits OfUser(string platforms)
    {
        string[] names = platforms.Split(',', StringSplitOptions.RemoveEmptyEntries);
        return names.Length == 0 ? None : new(null, names.Contains(AllPlatforms) ? null : names, IsOwn: true);
    }

    /// <summary>Whether it is among them.</summary>
    public bool Hold(string product, string platform) =>
        Products?.Contains(product) != false && Platforms?.Contains(platform) != false;

    /// <summary>What a key was made for.</summary>
    public static FirmwareLimits Of(SqlSession session, string principal)
    {
        List<string> products = [];
        List<string> platforms = [];
        using SqlStatement row = session.Query(
            "SELECT kind, name FROM firmware_limits WHERE principal = $1 ORDER BY kind, name", principal);
        while (row.Read())
        {
            (row.Text(0) == "product" ? products : platforms).Add(row.Text(1));
        }

        return products.Count + platforms.Count == 0 ? None
            : new(products.Count == 0 ? null : products, platforms.Count == 0 ? null : platforms, IsOwn: false);
    }

    /// <summary>Replaces what a key is for.</summary>
    public void Set(SqlSession session, string principal)
    {
        session.Execute("DELETE FROM firmware_limits WHERE principal = $1", principal);
        foreach ((string kind, string name) in (Products ?? []).Select(static name => ("product", name)).Concat(
            (Platforms ?? []).Select(static name => ("platform", name))).Distinct())
        {
            session.Execute("INSERT INTO firmware_limits (principal, kind, name) VALUES ($1, $2, $3)", principal, kind, name);
        }
    }

    /// <summary>In words, for the audit log; empty when nothing is limited.</summary>
    public string Text() =>
        (Products is null ? "" : $", products {string.Join(' ', Products)}") + (
            Platforms is null ? "" : $", platforms {string.Join(' ', Platforms)}");
}
