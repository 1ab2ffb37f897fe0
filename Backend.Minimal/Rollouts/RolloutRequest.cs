using System.Text.Json;
using System.Text.Json.Serialization;

using JamBox.Backend.Firmware;
using JamBox.Backend.Insights;
using JamBox.Backend.Wire;

using Microsoft.OpenApi;

namespace JamBox.Backend.Rollouts;

/// <summary>What an admin sends to make a roll-out.</summary>
internal sealed class RolloutRequest
{
    /// <summary>The fields of the body.</summary>
    public static readonly FieldTable<RolloutRequest> Fields = new(
        new NumberField<RolloutRequest>("firmware_id", 1, int.MaxValue, static (r, v) => r.FirmwareId = v),
        new TextField<RolloutRequest>("product", static (r, v) => r.Product = v),
        new TextField<RolloutRequest>("platform", static (r, v) => r.Platform = v),
        new TextField<RolloutRequest>("env", static (r, v) => r.Environment = v),
        new TextField<RolloutRequest>("version", static (r, v) => r.Version = v),
        new StagesField("stages", static (r, v) => r.Stages = v) { IsRequired = true },
        new TimeField<RolloutRequest>("start_at", static (r, v) => r.StartAtSeconds = v),
        new WindowField("window", static (r, v) => r.Window = v),
        new NumberField<RolloutRequest>("max_failures", 0, 1_000_000, static (r, v) => r.MaxFailures = (int)v),
        new NumberField<RolloutRequest>("max_failure_percent", 0, 100, static (r, v) => r.MaxFailurePercent = (int)v),
        new NumberField<RolloutRequest>("min_sample", 1, 1_000_000, static (r, v) => r.MinSample = (int)v),
        new BoolField<RolloutRequest>("auto_advance", static (r, v) => r.AutoAdvance = v),
        new NumberField<RolloutRequest>("soak_minutes", 0, 44_640, static (r, v) => r.SoakMinutes = (int)v),
        new NumberField<RolloutRequest>("silent_hours", 1, 8_784, static (r, v) => r.SilentHours = (int)v),
        new NumberField<RolloutRequest>("silent_intervals", 3, 1440, static (r, v) => r.SilentIntervals = (int)v),
        new NumberField<RolloutRequest>("min_proved_percent", 0, 100, static (r, v) => r.MinProvedPercent = (int)v),
        new HealthGateField("health_gate", static (r, v) => r.Gate = v),
        new TargetField("target", static (r, v) => r.Target = v),
        new ListField<RolloutRequest>("exclude", 1000, static (r, v) => r.Exclude = v),
        new TextField<RolloutRequest>("notes", static (r, v) => r.Notes = v));

    /// <summary>Whoever asks may have a clock that is a little behind, ms.</summary>
    private const long ClockLeewayMs = 60_000;

    /// <summary>The latest start, from now: a year. Whoever says a later one has mistyped it.</summary>
    private const long MaxWaitMs = 366L * 24 * 60 * 60 * 1000;

    /// <summary>The build, of a roll-out for boxes.</summary>
    [JsonPropertyName("firmware_id")]
    public long? FirmwareId { get; set; }

    /// <summary>The product of a release for things; instead of firmware_id, with platform and version.</summary>
    [JsonPropertyName("product")]
    public string? Product { get; set; }

    /// <summary>The canonical name of its platform.</summary>
    [JsonPropertyName("platform")]
    public string? Platform { get; set; }

    /// <summary>Its environment; prod unless said.</summary>
    [JsonPropertyName("env")]
    public string? Environment { get; set; }

    /// <summary>Its version, such as v1.2.3.</summary>
    [JsonPropertyName("version")]
    public string? Version { get; set; }

    /// <summary>For which things it is; null = it is of boxes, or not said completely.</summary>
    [JsonIgnore]
    public ThingLine? Line =>
        Product is null || Platform is null ? null : new ThingLine(Product, Platform, Environment ?? FirmwareText.Production);

    /// <summary>What things of the platform call their board, in small letters.</summary>
    [JsonIgnore]
    public IReadOnlyList<string> Boards { get; private set; } = [];

    /// <summary>1 to 20 stages; each takes the ones before it in. The first is the canary.</summary>
    [JsonPropertyName("stages")]
    public IReadOnlyList<RolloutStage>? Stages { get; set; }

    /// <summary>Not before this time: ISO 8601 UTC, or seconds since 1970. It still has to be started.</summary>
    [JsonPropertyName("start_at")]
    public long? StartAtSeconds { get; set; }

    /// <summary>The time of the day in which boxes are served; always unless said.</summary>
    [JsonPropertyName("window")]
    public WindowView? Window { get; set; }

    /// <summary>Failures that are borne, 0 to 1,000,000; one more stops the roll-out. 2 unless said.</summary>
    [JsonPropertyName("max_failures")]
    public int MaxFailures { get; set; } = 2;

    /// <summary>Share of failures that is borne, 0 to 100 per cent of the boxes that have ended. 10 unless said.</summary>
    [JsonPropertyName("max_failure_percent")]
    public int MaxFailurePercent { get; set; } = 10;

    /// <summary>Boxes that must have ended before a share can stop the roll-out, 1 to 1,000,000. 10 unless said.</summary>
    [JsonPropertyName("min_sample")]
    public int MinSample { get; set; } = 10;

    /// <summary>Whether it goes on by itself when a stage is complete. true unless said.</summary>
    [JsonPropertyName("auto_advance")]
    public bool AutoAdvance { get; set; } = true;

    /// <summary>Minutes between the last end in a stage and the next stage, 0 to 44,640 (31 days). 60 unless said.</summary>
    [JsonPropertyName("soak_minutes")]
    public int SoakMinutes { get; set; } = 60;

    /// <summary>
    /// Hours of silence after which a stage does not wait for a box that still runs the old image, 1 to 8,784. 24 unless said, as long as a
    /// box needs to be called offline.
    /// </summary>
    [JsonPropertyName("silent_hours")]
    public int SilentHours { get; set; } = 24;

    /// <summary>
    /// Report intervals of silence after which a box that has the new image has failed, 3 to 1,440; never less than an hour. 24 unless
    /// said: two hours at five minutes.
    /// </summary>
    [JsonPropertyName("silent_intervals")]
    public int SilentIntervals { get; set; } = 24;

    /// <summary>
    /// Share of the boxes in the stages that must have proved the release before it goes on by itself, 0 to 100 per cent. 50 unless said.
    /// </summary>
    [JsonPropertyName("min_proved_percent")]
    public int MinProvedPercent { get; set; } = 50;

    /// <summary>How a box that runs the release is compared with itself before. What is left out has its default.</summary>
    [JsonPropertyName("health_gate")]
    public HealthGate Gate { get; set; } = new();

    /// <summary>What is wrong in the gate; null = nothing.</summary>
    [JsonIgnore]
    public string? GateFault { get; set; }

    /// <summary>The members of the gate that were named.</summary>
    [JsonIgnore]
    public HashSet<string> GateNames { get; } = [];

    /// <summary>Whose boxes it is for: by place, by tag, or both. The whole fleet unless said.</summary>
    [JsonPropertyName("target")]
    public RolloutTarget? Target { get; set; }

    /// <summary>Boxes that are not to have the release.</summary>
    [JsonPropertyName("exclude")]
    public IReadOnlyList<string> Exclude { get; set; } = [];

    /// <summary>At most 64 characters, for people.</summary>
    [JsonPropertyName("notes")]
    public string? Notes { get; set; }

    /// <summary>Checks what the fields alone cannot.</summary>
    /// <param name="now">Milliseconds since 1970.</param>
    /// <returns>What is wrong, or null.</returns>
    public string? FindFault(long now)
    {
        if (FindSubjectFault() is { } wrong)
        {
            return wrong;
        }

        if (Stages is null)
        {
            return "stages: is required, such as [{\"percent\":10},{\"percent\":100}]";
        }

        if (StartAtSeconds is { } startAt && startAt * 1000 < now - ClockLeewayMs)
        {
            return $"start_at: is in the past, it is {DateTime.UnixEpoch.AddMilliseconds(now):yyyy-MM-ddTHH:mm:ssZ} now; leave it away to start at once";
        }

        if (StartAtSeconds > (now + MaxWaitMs) / 1000)
        {
            return "start_at: must be within a year from now";
        }

        if (GateFault is not null)
        {
            return GateFault;
        }

        int last = 0;
        HashSet<string> named = [];
        foreach (RolloutStage stage in Stages)
        {
            if (stage.Percent <= last)
            {
                return "stages: every percent must be greater than the one before, they include each other";
            }

            last = stage.Percent ?? last;
            foreach (string device in stage.Devices)
            {
                if (!named.Add(device))
                {
                    return $"stages: {device} is named twice";
                }
            }
        }

        return Exclude.FirstOrDefault(named.Contains) is { } both ? $"exclude: {both} is named in stages too" : null;
    }

    /// <summary>Takes what the platform is called, and what the gate means for things.</summary>
    /// <param name="platforms">The platforms that there are.</param>
    /// <returns>What is wrong, or null.</returns>
    public string? Resolve(PlatformTable platforms)
    {
        if (Platform is null)
        {
            return null;
        }

        if (platforms.Find(Platform) is not { } platform)
        {
            return platforms.Refuse(Platform);
        }

        Boards = platforms.NamesOf(platform);
        // Counts that a box is waited for hours for there are none: unless said, a quarter of an hour is proof.
        Gate = GateNames.Contains("proof_hours") ? Gate : Gate with { ProofHours = 0 };
        return null;
    }

    private string? FindSubjectFault()
    {
        bool isOfThings = Product is not null || Platform is not null || Environment is not null || Version is not null;
        return isOfThings && FirmwareId is not null
            ? "firmware_id: is of boxes; product, platform, env and version are of things: not both"
            : !isOfThings && FirmwareId is null
            ? "firmware_id: is required, the id of a build; or, for things, product, platform and version"
            : !isOfThings ? null
            : Product is null ? "product: is required for a release for things"
            : Platform is null ? "platform: is required for a release for things"
            : Version is null ? "version: is required for a release for things"
            : GateNames.FirstOrDefault(static name => name.Length > 0 && !HealthGate.OfThings.Contains(name)) is { } name
            ? $"health_gate.{name}: is of boxes; of things there are {string.Join(", ", HealthGate.OfThings)}"
            : null;
    }
}

/// <summary>The stages in a body: a list of objects with either <c>percent</c> or <c>devices</c>.</summary>
internal sealed class StagesField : Field<RolloutRequest>
{
    /// <summary>Stages at most.</summary>
    public const int MaxStages = 20;

    private const int MaxDevices = 1000;

    private readonly Action<RolloutRequest, IReadOnlyList<RolloutStage>> _set;

    /// <summary>Makes the field.</summary>
    public StagesField(string names, Action<RolloutRequest, IReadOnlyList<RolloutStage>> set)
        : base(names, "a list of 1 to 20 objects, each with either percent (1 to 100) or devices (a list of ids)")
    {
        _set = set;
    }

    /// <inheritdoc/>
    public override OpenApiSchema Describe()
    {
        OpenApiSchema percent = NumberSchema.Of(1, 100);
        percent.Description = "Share of the eligible boxes, per cent, those of the stages before included.";
        return new OpenApiSchema
        {
            Type = JsonSchemaType.Array,
            MinItems = 1,
            MaxItems = MaxStages,
            Items = new OpenApiSchema
            {
                Type = JsonSchemaType.Object,
                AdditionalPropertiesAllowed = false,
                Properties = new Dictionary<string, IOpenApiSchema>
                {
                    ["percent"] = percent,
                    ["devices"] = new OpenApiSchema
                    {
                        Type = JsonSchemaType.Array,
                        MinItems = 1,
                        MaxItems = MaxDevices,
                        Items = new OpenApiSchema
                        {
                            Type = JsonSchemaType.String,
                            MinLength = 1,
                            MaxLength = TextField<RolloutRequest>.MaxChars,
                        },
                        Description = "The boxes by their ids, instead of a share.",
                    },
                },
            },
        };
    }

    /// <inheritdoc/>
    public override FieldResult Take(ref Utf8JsonReader reader, RolloutRequest target)
    {
        if (reader.TokenType == JsonTokenType.Null)
        {
            return FieldResult.Absent;
        }

        if (reader.TokenType != JsonTokenType.StartArray)
        {
            return FieldResult.Refused;
        }

        List<RolloutStage> stages = [];
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.StartObject || stages.Count == MaxStages || TakeStage(ref reader) is not { } stage)
            {
                return FieldResult.Refused;
            }

            stages.Add(stage);
        }

        if (stages.Count == 0 || stages.Sum(static stage => stage.Devices.Count) > MaxDevices)
        {
            return FieldResult.Refused;
        }

        _set(target, stages);
        return FieldResult.Taken;
    }

    private static RolloutStage? TakeStage(ref Utf8JsonReader reader)
    {
        int? percent = null;
        List<string>? devices = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string name = reader.GetString()!;
            reader.Read();
            if (name is not ("percent" or "devices"))
            {
                return null;
            }

            if (reader.TokenType == JsonTokenType.Null)
            {
                continue;
            }

            if (name == "percent")
            {
                if (percent is not null
                    || reader.TokenType != JsonTokenType.Number
                    || !reader.TryGetInt32(out int number)
                    || number is < 1 or > 100)
                {
                    return null;
                }

                percent = number;
            }
            else if (devices is not null || (devices = TakeDevices(ref reader)) is null)
            {
                return null;
            }
        }

        return percent is null == devices is null ? null : new RolloutStage(percent, devices ?? []);
    }

    private static List<string>? TakeDevices(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            return null;
        }

        List<string> devices = [];
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            string? id = reader.TokenType == JsonTokenType.String ? reader.GetString() : null;
            if (id is null
                || id.Length is 0 or > TextField<RolloutRequest>.MaxChars
                || id.Any(char.IsControl)
                || devices.Count == MaxDevices)
            {
                return null;
            }

            devices.Add(id);
        }

        return devices.Count == 0 ? null : devices;
    }
}

/// <summary>The time of the day in a body: an object with <c>from</c>, <c>to</c> and perhaps <c>timezone</c>.</summary>
internal sealed class WindowField : Field<RolloutRequest>
{
    private const string TimePattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$";
    private const string OldZone = "time_zone";

    private readonly Action<RolloutRequest, WindowView> _set;

    /// <summary>Makes the field.</summary>
    public WindowField(string names, Action<RolloutRequest, WindowView> set)
        : base(
            names,
            "an object with from and to (two different times such as 22:00) and perhaps timezone (IANA, such as Europe/Berlin; UTC unless said)")
    {
        _set = set;
    }

    /// <inheritdoc/>
    public override OpenApiSchema Describe() => new()
    {
        Type = JsonSchemaType.Object,
        AdditionalPropertiesAllowed = false,
        Required = new HashSet<string> { "from", "to" },
        Properties = new Dictionary<string, IOpenApiSchema>
        {
            ["from"] = new OpenApiSchema
            {
                Type = JsonSchemaType.String,
                Pattern = TimePattern,
                Description = "First minute, such as 22:00.",
            },
            ["to"] = new OpenApiSchema
            {
                Type = JsonSchemaType.String,
                Pattern = TimePattern,
                Description = "First minute that is outside again.",
            },
            ["timezone"] = new OpenApiSchema { Type = JsonSchemaType.String, Default = "UTC", Description = "IANA id." },
            [OldZone] = new OpenApiSchema { Type = JsonSchemaType.String, Description = "Old name of timezone.", Deprecated = true },
        },
    };

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

        string? from = null;
        string? to = null;
        string? zone = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string name = reader.GetString()!;
            reader.Read();
            if (reader.TokenType == JsonTokenType.Null && name is ("from" or "to" or "timezone" or OldZone))
            {
                continue;
            }

            if (reader.TokenType != JsonTokenType.String || name is not ("from" or "to" or "timezone" or OldZone))
            {
                return FieldResult.Refused;
            }

            string text = reader.GetString()!;
            (from, to, zone) =
                name switch { "from" => (text, to, zone), "to" => (from, text, zone), OldZone => (from, to, zone ?? text),
                    _ => (from, to, text) };
        }

        if (RolloutWindow.Minute(from) < 0 || RolloutWindow.Minute(to) < 0 || from == to || !IsZone(zone))
        {
            return FieldResult.Refused;
        }

        _set(target, new WindowView(from!, to!, zone ?? "UTC"));
        return FieldResult.Taken;
    }

    private static bool IsZone(string? zone) => zone is null || Zones.IsKnown(zone);
}
