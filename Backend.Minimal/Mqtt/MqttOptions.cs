using System.ComponentModel.DataAnnotations;

using JamBox.Backend.Mqtt.Access;
using JamBox.Backend.Mqtt.Embedded;
using JamBox.Backend.Operation;

namespace JamBox.Backend.Mqtt;

/// <summary><c>Mqtt:*</c>.</summary>
internal sealed class MqttOptions : IValidatableObject
{
    /// <summary>The section.</summary>
    public const string Section = "Mqtt";

    /// <summary>A shorter secret can be guessed.</summary>
    private const int MinSecretChars = 16;

    private const string TooShort = "must have 16 characters at least.";

    /// <summary>
    /// The outside broker that devices talk to, such as <c>mqtts://jambox:password@broker.example.org:8883</c> (<c>mqtt</c> = without TLS);
    /// null = none. Its certificate is checked.
    /// </summary>
    public string? Broker { get; set; }

    /// <summary>
    /// First parts of topics and what stands behind them: <c>device</c> (<c>P/device/ID/…</c>), <c>env</c> (<c>P/ENVIRONMENT/…/ID</c>),
    /// <c>serial</c> (<c>/P/SERIAL/…</c>), several with + between; <c>jambox:device+env</c> unless said.
    /// </summary>
    public string Prefixes { get; set; } = "jambox:device+env";

    /// <summary>A file with certificates (PEM) that are trusted besides those of the system, for a broker with a root of its own.</summary>
    public string? BrokerRoot { get; set; }

    /// <summary>
    /// What this process calls itself at the broker, letters and digits; the name of the machine unless said. Two processes must not have
    /// the same.
    /// </summary>
    public string? ClientId { get; set; }

    /// <summary>
    /// Whether several processes share the subscription at the broker (<c>$share/jambox/…</c>), with MQTT 5; off unless said: then one of
    /// them listens at a time, and another takes over within 30 s. Mosquitto 2.0 delivers nothing by a shared subscription that it has kept
    /// over its own restart.
    /// </summary>
    public bool SharedSubscriptions { get; set; }

    /// <summary>
    /// Where the broker in this process listens: addresses with ports, such as <c>127.0.0.1:1883,0.0.0.0:8883</c>. Port 8883 speaks TLS,
    /// and what begins with <c>mqtts://</c>; <c>mqtt://</c> = without. Empty = there is no broker here.
    /// </summary>
    public string? Listen { get; set; }

    /// <summary>Its certificate for TLS: a file, PEM (with the chain, and the key unless that is apart) or PFX without password.</summary>
    public string? Certificate { get; set; }

    /// <summary>The key of that certificate, a file, PEM; in the same file unless said.</summary>
    public string? CertificateKey { get; set; }

    /// <summary>Messages of a device a minute, to the broker in this process; beyond it each is taken a moment later.</summary>
    [WholeNumber(1, 10_000_000)]
    public int MessagesPerMinute { get; set; } = 100;

    /// <summary>
    /// Whether readings and states of boxes are published for others, below <c>P/box/ID/</c>; off unless said.
    /// </summary>
    public bool Boxes { get; set; }

    /// <summary>Whether boxes introduce themselves to Home Assistant, too; off unless said.</summary>
    public bool HomeAssistant { get; set; }

    /// <summary>The first part of the topics at which Home Assistant is told what there is, as set up there.</summary>
    public string HomeAssistantPrefix { get; set; } = "homeassistant";

    /// <summary>What this process is called among those that share a storage.</summary>
    public string ProcessName => new([.. (ClientId ?? Environment.MachineName).Where(char.IsAsciiLetterOrDigit).Take(40)]);

    /// <summary>From what passwords of old firmware follow, 16 characters at least; null = no such passwords.</summary>
    public string? Secret { get; set; }

    /// <summary>
    /// Users that all devices of a prefix share, as old clocks have them compiled in: <c>NAME:PREFIX:PASSWORD</c>, several with commas
    /// between; null = none. Whoever knows one speaks as any device below that prefix.
    /// </summary>
    public string? SharedUsers { get; set; }

    /// <summary>What brokers that ask us show, 16 characters at least; null = none may ask.</summary>
    public string? AuthKey { get; set; }

    /// <summary>The broker as its parts; null = none.</summary>
    public Uri? Address => Uri.TryCreate(Broker, UriKind.Absolute, out Uri? address) ? address : null;

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        // The address holds a password: it is not said again.
        if (Broker is not null && Address is not { Scheme: "mqtt" or "mqtts", Host.Length: > 0 })
        {
            yield return new ValidationResult("must be an address such as mqtts://user:password@host:8883.", [nameof(Broker)]);
        }

        if ((Boxes || HomeAssistant) && Broker is null && string.IsNullOrWhiteSpace(Listen))
        {
            yield return new ValidationResult(
                "needs a broker: set Mqtt:Listen or Mqtt:Broker, too.", [Boxes ? nameof(Boxes) : nameof(HomeAssistant)]);
        }

        if (FindFaultOfListen() is { } ofListen)
        {
            yield return ofListen;
        }

        if (TopicMap.FindFault(Prefixes) is { } fault)
        {
            yield return new ValidationResult(fault, [nameof(Prefixes)]);
        }

        if (!TopicMap.IsPrefix(HomeAssistantPrefix)
            || Prefixes.Split(',', StringSplitOptions.TrimEntries).Any(one => one.Split(':')[0] == HomeAssistantPrefix))
        {
            yield return new ValidationResult(
                "must be 1 to 40 letters, digits, underscores and hyphens, and none of Mqtt:Prefixes.", [nameof(HomeAssistantPrefix)]);
        }

        if (Secret is { Length: < MinSecretChars })
        {
            yield return new ValidationResult(TooShort, [nameof(Secret)]);
        }

        if (AuthKey is { Length: < MinSecretChars })
        {
            yield return new ValidationResult(TooShort, [nameof(AuthKey)]);
        }

        if (SharedUser.FindFault(SharedUsers, Prefixes) is { } wrong)
        {
            yield return new ValidationResult(wrong, [nameof(SharedUsers)]);
        }

        if (BrokerRoot is not null && !File.Exists(BrokerRoot))
        {
            yield return new ValidationResult("there is no such file.", [nameof(BrokerRoot)]);
        }
    }

    private ValidationResult? FindFaultOfListen()
    {
        if (ListenAddress.ParseAll(Listen) is not { } addresses)
        {
            return new ValidationResult("must be addresses with ports, such as 127.0.0.1:1883,0.0.0.0:8883.", [nameof(Listen)]);
        }

        if (addresses.Count > 0 && Broker is not null)
        {
            return new ValidationResult(
                "and Mqtt:Broker are both set: devices talk either to the broker here or to one outside.", [nameof(Listen)]);
        }

        if (addresses.Any(static one => one.IsTls) && Certificate is null)
        {
            return new ValidationResult("must be set: an address of Mqtt:Listen speaks TLS.", [nameof(Certificate)]);
        }

        foreach ((string name, string? file) in new[] { (nameof(Certificate), Certificate), (nameof(CertificateKey), CertificateKey) })
        {
            if (file is not null && !File.Exists(file))
            {
                return new ValidationResult("there is no such file.", [name]);
            }
        }

        return null;
    }
}
