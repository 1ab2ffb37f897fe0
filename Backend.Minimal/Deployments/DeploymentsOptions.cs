using System.ComponentModel.DataAnnotations;

using JamBox.Backend.Mqtt;
using JamBox.Backend.Operation;

namespace JamBox.Backend.Deployments;

/// <summary><c>Deployments:*</c>.</summary>
internal sealed class DeploymentsOptions : IValidatableObject
{
    /// <summary>The section.</summary>
    public const string Section = "Deployments";

    /// <summary>The word that means no topics: an empty value is as good as none set.</summary>
    private const string Off = "off";

    /// <summary>
    /// What the topics of deployments begin with, one to four parts; <c>rv/deployment</c> unless said, as old watchers listen.
    /// <c>off</c> = gateways are told nothing over MQTT.
    /// </summary>
    public string Topic { get; set; } = "rv/deployment";

    /// <summary>
    /// The folder of packages; a relative path starts at the content root. Unless said <c>deployments</c> beside the file that
    /// <c>Storage:Path</c> names. Several processes on one PostgreSQL need the same folder.
    /// </summary>
    public string? Folder { get; set; }

    /// <summary>The largest package, MB (1,048,576 bytes), 1 to 2,048; 2,048 unless said.</summary>
    [WholeNumber(1, 2048)]
    public int MaxMB { get; set; } = 2048;

    /// <summary>Room for packages, MB (1,048,576 bytes); 20,480 unless said.</summary>
    [WholeNumber(1, 100_000_000)]
    public int QuotaMB { get; set; } = 20_480;

    /// <summary>Packages that are kept of those that nobody runs or is to run, the newest; 0 = all, unless said.</summary>
    [WholeNumber(0, 1_000_000)]
    public int KeepNewest { get; set; }

    /// <summary>The topic; null = there are none.</summary>
    public string? Root => Topic == Off ? null : Topic;

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        string[] parts = Topic.Split('/');
        if (Topic != Off && (parts.Length > 4 || !parts.All(TopicMap.IsPrefix)))
        {
            yield return new ValidationResult(
                "must be one to four parts with / between, each of 1 to 40 letters, digits, underscores and hyphens, or off.",
                [nameof(Topic)]);
        }
    }

    /// <summary>What is wrong beside other topics; null = nothing. A topic must have one meaning.</summary>
    /// <param name="mqtt">Has the others.</param>
    public string? FindFault(MqttOptions mqtt) =>
        Root?.Split('/')[0] is { } first
            && (first == mqtt.HomeAssistantPrefix
                || mqtt.Prefixes.Split(',', StringSplitOptions.TrimEntries).Any(one => one.Split(':')[0] == first))
            ? "must not begin with one of Mqtt:Prefixes or with Mqtt:HomeAssistantPrefix."
            : null;
}
