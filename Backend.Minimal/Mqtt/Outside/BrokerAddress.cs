using System.Security.Cryptography.X509Certificates;

using MQTTnet;
using MQTTnet.Formatter;

namespace JamBox.Backend.Mqtt.Outside;

/// <summary>How to reach the outside broker. Its password stands here and in no line of the log.</summary>
internal static class BrokerAddress
{
    /// <summary>The largest packet that a device may send: 64 KB, and the topic before it.</summary>
    private const uint MaxPacketBytes = (64 * 1024) + 1024;

    /// <summary>What is not acknowledged yet, at most.</summary>
    private const ushort MaxInFlight = 200;

    private const uint SessionSeconds = 7 * 24 * 60 * 60;

    private static readonly TimeSpan s_keepAlive = TimeSpan.FromSeconds(30);

    /// <summary>How it is called in lines of the log.</summary>
    public static string Shown(Uri address) => $"{address.Scheme}://{address.Host}:{Port(address)}";

    /// <summary>What a connection is made with.</summary>
    /// <param name="options">The settings.</param>
    /// <param name="clientId">The name of the session.</param>
    /// <param name="isKept">Whether the broker keeps what comes while we are away.</param>
    /// <param name="version">The protocol.</param>
    public static MqttClientOptions Options(MqttOptions options, string clientId, bool isKept, MqttProtocolVersion version)
    {
        Uri address = options.Address!;
        MqttClientOptionsBuilder builder = new MqttClientOptionsBuilder()
            .WithTcpServer(address.Host, Port(address))
            .WithProtocolVersion(version)
            .WithClientId(clientId)
            .WithCleanSession(!isKept)
            .WithKeepAlivePeriod(s_keepAlive)
            .WithTimeout(OutsideBroker.CallTimeout);
        if (version == MqttProtocolVersion.V500)
        {
            builder = builder.WithReceiveMaximum(MaxInFlight).WithMaximumPacketSize(MaxPacketBytes);
            builder = isKept ? builder.WithSessionExpiryInterval(SessionSeconds) : builder;
        }

        if (address.UserInfo is { Length: > 0 } user)
        {
            string[] parts = user.Split(':', 2);
            builder = builder.WithCredentials(
                Uri.UnescapeDataString(parts[0]), parts.Length == 2 ? Uri.UnescapeDataString(parts[1]) : null);
        }

        if (address.Scheme == "mqtts")
        {
            builder = builder.WithTlsOptions(tls =>
            {
                tls.UseTls(true).WithTargetHost(address.Host);
                if (options.BrokerRoot is { } file)
                {
                    X509Certificate2Collection roots = [];
                    roots.ImportFromPemFile(file);
                    tls.WithTrustChain(roots).WithRevocationMode(X509RevocationMode.NoCheck);
                }
            });
        }

        return builder.Build();
    }

    private static int Port(Uri address) => address.Port > 0 ? address.Port : address.Scheme == "mqtts" ? 8883 : 1883;
}
