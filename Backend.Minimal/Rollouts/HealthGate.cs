using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

using JamBox.Backend.Wire;

using Microsoft.OpenApi;

namespace JamBox.Backend.Rollouts;

/// <summary>
/// How a box that runs the new image is compared with itself before, and how many may do worse. Every member has a default and a range,
/// and 0 where that means that it is not looked at; docs/ota.md has them in a table.
/// </summary>
internal sealed record HealthGate
{
    /// <summary>The members, with their ranges.</summary>
    public static readonly GateMember[] Members =
    [
        new("max_unhealthy_percent", 0, 100, static (g, v) => g with { MaxUnhealthyPercent = v }),
        new("min_readings", 1, 1000, static (g, v) => g with { MinReadings = v }),
        new("min_readings_percent", 0, 100, static (g, v) => g with { MinReadingsPercent = v }),
        new("min_heap_percent", 0, 100, static (g, v) => g with { MinHeapPercent = v }),
        new("max_resets", 0, 1000, static (g, v) => g with { MaxResets = v }),
        new("max_send_failures", 0, 1000, static (g, v) => g with { MaxSendFailures = v }),
        new("min_counts_percent", 0, 100, static (g, v) => g with { MinCountsPercent = v }),
        new("min_counts", 1, 1_000_000, static (g, v) => g with { MinCounts = v }),
        new("proof_hours", 0, 744, static (g, v) => g with { ProofHours = v }),
    ];

    /// <summary>The members that things are judged by too: they send heartbeats, but no readings.</summary>
    public static readonly string[] OfThings = ["max_unhealthy_percent", "min_heap_percent", "max_resets", "proof_hours"];

    /// <summary>
    /// Share of the judged boxes that may do worse than before; more holds the roll-out, and stops it from min_sample boxes on.
    /// </summary>
    [JsonPropertyName("max_unhealthy_percent")]
    public int MaxUnhealthyPercent { get; init; } = 10;

    /// <summary>Readings that a box must have closed and sent with the new version.</summary>
    [JsonPropertyName("min_readings")]
    public int MinReadings { get; init; } = 3;

    /// <summary>
    /// Readings an hour, per cent of those before (of those due, where the interval has become longer); fewer is unhealthy.
    /// </summary>
    [JsonPropertyName("min_readings_percent")]
    public int MinReadingsPercent { get; init; } = 50;

    /// <summary>Free heap in heartbeats, per cent of that before; less is unhealthy.</summary>
    [JsonPropertyName("min_heap_percent")]
    public int MinHeapPercent { get; init; } = 50;

    /// <summary>Boots since the release was confirmed beyond as many as there were before in the same time; more is unhealthy.</summary>
    [JsonPropertyName("max_resets")]
    public int MaxResets { get; init; } = 3;

    /// <summary>Failures before a send, in the mean, beyond those before; more is unhealthy.</summary>
    [JsonPropertyName("max_send_failures")]
    public int MaxSendFailures { get; init; } = 3;

    /// <summary>Device-minutes, per cent of those in the same hours of the same weekday before; fewer is unhealthy.</summary>
    [JsonPropertyName("min_counts_percent")]
    public int MinCountsPercent { get; init; } = 20;

    /// <summary>Device-minutes that must have been expected before counts are compared.</summary>
    [JsonPropertyName("min_counts")]
    public int MinCounts { get; init; } = 50;

    /// <summary>
    /// Hours that a box whose counts cannot be compared yet is waited for; then it counts as proved without. Hours that a thing must run
    /// the release and be heard; 0, unless said for things, is a quarter of an hour.
    /// </summary>
    [JsonPropertyName("proof_hours")]
    public int ProofHours { get; init; } = 24;
}

/// <summary>A member of the gate in a body.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Min">Least value.</param>
/// <param name="Max">Greatest value.</param>
/// <param name="Set">Makes the gate with it.</param>
internal sealed record GateMember(string Name, int Min, int Max, Func<HealthGate, int, HealthGate> Set)
{
    /// <summary>What it must be.</summary>
    public string Rule => string.Create(CultureInfo.InvariantCulture, $"health_gate.{Name}: must be a whole number from {Min} to {Max}");
}

/// <summary>
/// The health gate in a body: an object of whole numbers. What is left out has its default; what is none of its members is refused.
/// </summary>
internal sealed class HealthGateField : Field<RolloutRequest>
{
    private static readonly string s_noMember =
        $"health_gate: has only these members: {string.Join(", ", HealthGate.Members.Select(static m => m.Name))}";

    private readonly Action<RolloutRequest, HealthGate> _set;

    /// <summary>Makes the field.</summary>
    public HealthGateField(string names, Action<RolloutRequest, HealthGate> set)
        : base(names, "an object of whole numbers, such as {'min_readings':3}")
    {
        _set = set;
    }

    /// <inheritdoc/>
    public override FieldResult Take(ref Utf8JsonReader reader, RolloutRequest target)
    {
        if (reader.TokenType == JsonTokenType.Null)
        {
            return FieldResult.Absent;
        }

        if (reader.TokenType != JsonTokenType.StartObject)
        {
            return FieldResult.Refused;
        }

        HealthGate gate = new();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string name = reader.GetString()!;
            reader.Read();
            GateMember? member = Array.Find(HealthGate.Members, m => m.Name == name);
            target.GateNames.Add(member?.Name ?? "");
            if (member is null
                || reader.TokenType != JsonTokenType.Number
                || !reader.TryGetInt32(out int value)
                || value < member.Min
                || value > member.Max)
            {
                // Whoever reads on finds out whether the rest is JSON at all.
                target.GateFault ??= member?.Rule ?? s_noMember;
                reader.Skip();
                continue;
            }

            gate = member.Set(gate, value);
        }

        _set(target, gate);
        return FieldResult.Taken;
    }

    /// <inheritdoc/>
    public override OpenApiSchema Describe() => new()
    {
        Type = JsonSchemaType.Object,
        AdditionalPropertiesAllowed = false,
        Properties = HealthGate.Members.ToDictionary(
            static member => member.Name, static IOpenApiSchema (member) => NumberSchema.Of(member.Min, member.Max)),
    };
}
