using JamBox.Backend.Operation;

namespace JamBox.Backend.Portal;

/// <summary><c>Portal:*</c>.</summary>
internal sealed class PortalOptions
{
    /// <summary>The section.</summary>
    public const string Section = "Portal";

    /// <summary>
    /// Where map tiles come from, with <c>{z}</c>, <c>{x}</c> and <c>{y}</c>; without it maps show outlines of countries only, and browsers
    /// ask nobody but this server.
    /// </summary>
    public string? TileUrl { get; set; }

    /// <summary>Whose tiles they are: stands in the corner of the map, as their licence asks.</summary>
    public string? TileAttribution { get; set; }

    /// <summary>The origin of the tiles, for the content security policy.</summary>
    /// <returns>Null without tiles.</returns>
    /// <exception cref="StartupException">The address is none.</exception>
    public string? TileOrigin()
    {
        if (string.IsNullOrEmpty(TileUrl))
        {
            return null;
        }

        bool isTemplate = new[] { "{z}", "{x}", "{y}" }.All(part => TileUrl.Contains(part, StringComparison.Ordinal));
        return isTemplate && Uri.TryCreate(TileUrl, UriKind.Absolute, out Uri? uri) && uri.Scheme is "http" or "https"
            && !TileUrl.Any(static c => char.IsWhiteSpace(c) || c is ';' or ',' or '\'' or '"')
            ? uri.GetLeftPart(UriPartial.Authority)
            : throw new StartupException(
                $"{Section}:{nameof(TileUrl)}",
                "must be an http(s) address with {z}, {x} and {y}, such as https://tiles.example.org/{z}/{x}/{y}.png");
    }
}
