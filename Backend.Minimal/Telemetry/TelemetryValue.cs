using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace JamBox.Backend.Telemetry;

/// <summary>What a value of a device is.</summary>
internal enum TelemetryKind : byte
{
    /// <summary>None: in a message it removes the key.</summary>
    Null,

    /// <summary>Yes or no.</summary>
    Boolean,

    /// <summary>A finite number.</summary>
    Number,

    /// <summary>Text of at most 256 characters.</summary>
    Text,
}

/// <summary>One value that a device reports, or is wanted to: a number, true, false, text or null.</summary>
[JsonConverter(typeof(TelemetryValueConverter))]
internal readonly record struct TelemetryValue
{
    /// <summary>Names of the kinds, as they are shown.</summary>
    public static readonly string[] Kinds = ["number", "boolean", "text"];

    private TelemetryValue(TelemetryKind kind, double number, string? text)
    {
        Kind = kind;
        Number = number;
        Text = text;
    }

    /// <summary>What it is.</summary>
    public TelemetryKind Kind { get; }

    /// <summary>The number; of a boolean 1 or 0.</summary>
    public double Number { get; }

    /// <summary>The text, when it is one.</summary>
    public string? Text { get; }

    /// <summary>Whether it belongs into a time series.</summary>
    public bool IsSeries => Kind is TelemetryKind.Number or TelemetryKind.Boolean;

    /// <summary>The name of its kind.</summary>
    public string KindName => Kind switch { TelemetryKind.Number => Kinds[0], TelemetryKind.Boolean => Kinds[1], _ => Kinds[2] };

    /// <summary>Makes a number.</summary>
    public static TelemetryValue Of(double number) => new(TelemetryKind.Number, number, null);

    /// <summary>Makes a boolean.</summary>
    public static TelemetryValue Of(bool boolean) => new(TelemetryKind.Boolean, boolean ? 1 : 0, null);

    /// <summary>Makes a text.</summary>
    public static TelemetryValue Of(string text) => new(TelemetryKind.Text, 0, text);

    /// <summary>
    /// Whether a device that reports the one has done what the other asks for: 1 is as good as true, because firmware says its outputs in
    /// either way.
    /// </summary>
    public bool Means(TelemetryValue other) =>
        IsSeries && other.IsSeries ? Number.Equals(other.Number) : Kind == other.Kind && Text == other.Text;

    /// <summary>Writes it as JSON.</summary>
    public void WriteTo(Utf8JsonWriter json)
    {
        switch (Kind)
        {
            case TelemetryKind.Boolean:
                json.WriteBooleanValue(Number != 0);
                break;
            case TelemetryKind.Number:
                json.WriteNumberValue(Number);
                break;
            case TelemetryKind.Text:
                json.WriteStringValue(Text);
                break;
            default:
                json.WriteNullValue();
                break;
        }
    }

    /// <summary>As people read it in a list of changes.</summary>
    public override string ToString() => Kind switch
    {
        TelemetryKind.Boolean => Number != 0 ? "true" : "false",
        TelemetryKind.Number => Number.ToString("R", CultureInfo.InvariantCulture),
        TelemetryKind.Text => Text!,
        _ => "null",
    };
}

/// <summary>A key with its value.</summary>
/// <param name="Key">The key, flattened.</param>
/// <param name="Value">The value.</param>
internal readonly record struct TelemetryPoint(string Key, TelemetryValue Value);

/// <summary>What a device said at one moment.</summary>
/// <param name="At">When, by its own clock, milliseconds since 1970; null = now.</param>
/// <param name="Points">Each key once.</param>
internal sealed record TelemetryMessage(long? At, IReadOnlyList<TelemetryPoint> Points);
