using System.Net;
using System.Net.Sockets;

namespace JamBox.Deployments;

/// <summary>
/// What modules behind a gateway are called and where they are. The rules are the same on the server and at the gateway: what the server
/// takes, the gateway can use.
/// </summary>
public static class ModuleName
{
    /// <summary>What a hostname may be, as a sentence's end.</summary>
    public const string HostnameRule = "must be 1 to 63 letters, digits and hyphens, as the module is called in its network";

    /// <summary>What a type may be, as a sentence's end.</summary>
    public const string TypeRule =
        "must be 1 to 40 letters, digits, underscores and hyphens, and no device of Windows such as AUX: it is a folder of packages";

    /// <summary>What an address may be, as a sentence's end.</summary>
    public const string AddressRule = "must be the IP address of one machine such as 192.168.1.20, or a name";

    /// <summary>Characters of an address at most: those of a name in DNS.</summary>
    public const int MaxAddressLength = 253;

    private const int MaxHostnameLength = 63;
    private const int MaxTypeLength = 40;
    private const int FirstMulticast = 224;

    /// <summary>Tells whether a text can be a module's name in its network.</summary>
    /// <param name="text">Any text.</param>
    /// <returns>It can.</returns>
    public static bool IsHostname(string? text) =>
        text is { Length: > 0 and <= MaxHostnameLength } && text.All(static c => char.IsAsciiLetterOrDigit(c) || c == '-');

    /// <summary>Tells whether a text can be a type of modules: the name of a folder in packages.</summary>
    /// <param name="text">Any text.</param>
    /// <returns>It can.</returns>
    public static bool IsType(string? text) =>
        text is { Length: > 0 and <= MaxTypeLength } && text.All(static c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-')
        && PackagePath.FindFault(text) is null;

    /// <summary>Tells whether a text can be an address that people set.</summary>
    /// <param name="text">Any text.</param>
    /// <returns>It is an IP address of one machine, or a name with or without dots. "10" and "192.168.1.020" are neither: they would be read as 0.0.0.10 and 192.168.1.16.</returns>
    public static bool IsAddress(string? text)
    {
        if (text is not { Length: > 0 and <= MaxAddressLength })
        {
            return false;
        }

        return IPAddress.TryParse(text, out IPAddress? address)
            ? IsOfOneMachine(address) && (address.AddressFamily != AddressFamily.InterNetwork || address.ToString() == text)
            : text.TrimEnd('.').Split('.').All(IsHostname);
    }

    /// <summary>Tells whether an address can be that of one machine: no group's, nobody's and not everybody's.</summary>
    /// <param name="address">Of IPv4 or IPv6.</param>
    /// <returns>It can.</returns>
    public static bool IsOfOneMachine(IPAddress address) => address.AddressFamily == AddressFamily.InterNetwork
        ? address.GetAddressBytes()[0] is > 0 and < FirstMulticast
        : !address.IsIPv6Multicast && !address.Equals(IPAddress.IPv6Any);
}
