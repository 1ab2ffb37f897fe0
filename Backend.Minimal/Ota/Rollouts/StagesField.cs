using System.Text.Json;

using JamBox.Backend.Wire;

namespace JamBox.Backend.Ota.Rollouts;

/// <summary>The stages in a body: a list of objects with either <c>percent</c> or <c>devices</c>.</summary>
internal sealed class StagesField : Field<RolloutRequest>
{
    private const int MaxStages = 20;
    private const int MaxDevices = 1000;

    private readonly Action<RolloutRequest, IReadOnlyList<RolloutStage>> _set;

    /// <summary>Makes the field.</summary>
    public StagesField(string names, Action<RolloutRequest, IReadOnlyList<RolloutStage>> set)
        : base(names, "a list of 1 to 20 objects, each with either percent (1 to 100) or devices (a list of ids)")
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
            if (reader.TokenType == JsonTokenType.Null || name is not ("percent" or "devices"))
            {
                reader.Skip();
                continue;
            }

            if (name == "percent")
            {
                if (percent is not null || reader.TokenType != JsonTokenType.Number || !reader.TryGetInt32(out int number) || number is < 1 or > 100)
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
            if (id is null || id.Length is 0 or > TextField<RolloutRequest>.MaxChars || id.Any(char.IsControl) || devices.Count == MaxDevices)
            {
                return null;
            }

            devices.Add(id);
        }

        return devices.Count == 0 ? null : devices;
    }
}
