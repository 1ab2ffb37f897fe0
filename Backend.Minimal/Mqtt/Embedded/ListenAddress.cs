using System.Globalization;
using System.Net;

namespace JamBox.Backend.Mqtt.Embedded;

/// <summary>Where the broker in this process listens: one of <c>Mqtt:Listen</c>.</summary>
/// <param name="EndPoint">The address; port 0 = a free one.</param>
/// <param name="IsTls">Whether it speaks TLS: said by <c>mqtts://</c>, or by port 8883.</param>
internal sealed record ListenAddress(IPEndPoint EndPoint, bool IsTls)
{
    private const int TlsPort = 8883;
    private const string Plain = "mqtt://";
    private const string Tls = "mqtts://";

    /// <summary>Reads <c>Mqtt:Listen</c>.</summary>
    /// <returns>Null when one of them is no address; none when it is empty.</returns>
    public static IReadOnlyList<ListenAddress>? ParseAll(string? text)
    {
        List<ListenAddress> all = [];
        foreach (string one in (text ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (Parse(one) is not { } address)
            {
                return null;
            }

            all.Add(address);
        }

        return all;
    }

    private static ListenAddress? Parse(string text)
    {
        bool? isTls = text.StartsWith(Tls, StringComparison.Ordinal) ? true
            : text.StartsWith(Plain, StringComparison.Ordinal) ? false
            : null;
        string rest = isTls is { } said ? text[(said ? Tls : Plain).Length..] : text;

        // Without a port of its own an address is taken with port 0, which nobody would find.
        int colon = rest.LastIndexOf(':');
        return colon > 0
            && int.TryParse(rest.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int port)
            && port <= ushort.MaxValue
            && IPAddress.TryParse(rest.AsSpan(0, colon), out IPAddress? address)
            && (address.AddressFamily != System.Net.Sockets.AddressFamily.InterNetworkV6 || rest[0] == '[')
                ? new ListenAddress(new IPEndPoint(address, port), isTls ?? port == TlsPort)
                : null;
    }
}
