namespace JamBox.Edge.Link;

/// <summary>Where things lie at the server. Whatever a notice says, nothing is ever fetched from anywhere else.</summary>
internal static class ServerAddress
{
    private const int MaxLength = 1024;

    /// <summary>Whether two addresses are of one server: scheme, host and port.</summary>
    public static bool IsSameOrigin(Uri one, Uri other) =>
        one.Scheme == other.Scheme && one.Port == other.Port && one.IdnHost.Equals(other.IdnHost, StringComparison.OrdinalIgnoreCase);

    /// <summary>Finds where to download from.</summary>
    /// <param name="server">The configured server, with a slash at its end.</param>
    /// <param name="downloadUrl">As the notice has it: a path, or a whole address at that server.</param>
    /// <exception cref="LinkException">It leads elsewhere, or is no address.</exception>
    public static Uri Resolve(Uri server, string downloadUrl)
    {
        if (downloadUrl.Length is 0 or > MaxLength || downloadUrl.Any(static letter => letter <= ' ' || letter is '\\' or '\u007f'))
        {
            throw Unusable("is no address");
        }

        // "//host/x" names a host, and "host/x" would be taken as a path below the server's: neither is what a server of ours says.
        bool isPath = downloadUrl[0] == '/' && !downloadUrl.StartsWith("//", StringComparison.Ordinal);
        Uri? address;
        if (isPath)
        {
            string below = server.AbsolutePath.TrimEnd('/');
            string path = below.Length > 0 && !downloadUrl.StartsWith(below + "/", StringComparison.Ordinal)
                ? below + downloadUrl
                : downloadUrl;
            address = Uri.TryCreate(server, path, out Uri? found) ? found : null;
        }
        else
        {
            address = Uri.TryCreate(downloadUrl, UriKind.Absolute, out Uri? found) ? found : null;
        }

        if (address is null)
        {
            throw Unusable("is no address");
        }

        if (!IsSameOrigin(address, server) || address.UserInfo.Length > 0)
        {
            throw Unusable($"leads to another server than {server.GetLeftPart(UriPartial.Authority)}, which is the only one that is asked");
        }

        return address.Fragment.Length > 0 ? throw Unusable("is no address") : address;
    }

    private static LinkException Unusable(string why) => new(LinkFault.Unusable, $"the notice is refused: its downloadUrl {why}");
}
