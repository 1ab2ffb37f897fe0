using System.CommandLine;
using JamBox.Bench.CommandLine;

namespace JamBox.Bench.Server;

/// <summary>Where the backend is, and who we are to it.</summary>
internal static class ServerOptions
{
    /// <summary>Environment variable with the admin key.</summary>
    public const string AdminKeyVariable = "JAMBOX_ADMIN_KEY";

    /// <summary>Environment variable with the address.</summary>
    public const string ServerVariable = "JAMBOX_SERVER";

    private const string DefaultServer = "http://localhost:5000";

    /// <summary>The address.</summary>
    /// <returns>The option. There is none for the key: what is typed as an option stays in the shell's history.</returns>
    public static Option<string?> Server() => new("--server")
    {
        Description =
            $"Address of the backend. Default: the environment variable {ServerVariable}, else {DefaultServer}. The admin key comes from {AdminKeyVariable}, or is asked for.",
        HelpName = "URL",
    };

    /// <summary>Makes the client, asking for the key if need be.</summary>
    /// <param name="terminal">The world around.</param>
    /// <param name="server">From the command line.</param>
    /// <returns>The client.</returns>
    /// <exception cref="BenchException">The address or the key is missing or impossible.</exception>
    public static BackendClient Connect(BenchTerminal terminal, string? server)
    {
        Uri address = AddressOf(terminal, server);
        if (address.Scheme == Uri.UriSchemeHttp && !address.IsLoopback)
        {
            terminal.Warn($"the admin key goes to {address.Host} unencrypted: use https, or a tunnel, where others can listen");
        }

        string key = terminal.Secret(AdminKeyVariable, $"Admin key for {address.Host}");
        return key.All(static c => c is > ' ' and <= '~')
            ? new BackendClient(address, key)
            : throw new BenchException($"the admin key has characters that no key has: see {AdminKeyVariable}", ExitCode.BadInput);
    }

    /// <summary>Finds the address.</summary>
    /// <param name="terminal">The environment.</param>
    /// <param name="server">From the command line.</param>
    /// <returns>It.</returns>
    /// <exception cref="BenchException">It is none.</exception>
    public static Uri AddressOf(BenchTerminal terminal, string? server)
    {
        string text = server ?? (terminal.Environment(ServerVariable) is { Length: > 0 } set ? set : DefaultServer);
        return Uri.TryCreate(text.EndsWith('/') ? text : text + "/", UriKind.Absolute, out Uri? address)
            && (address.Scheme == Uri.UriSchemeHttp || address.Scheme == Uri.UriSchemeHttps) && address.UserInfo.Length == 0
            ? address
            : throw new BenchException(
                $"--server {text}: must be an address like {DefaultServer} or https://jambox.example", ExitCode.BadInput);
    }
}
