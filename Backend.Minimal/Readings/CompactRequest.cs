using System.Buffers;
using System.Formats.Cbor;
using System.Text.Json;

using JamBox.Backend.Devices;
using JamBox.Backend.Security;
using JamBox.Backend.Wire;

namespace JamBox.Backend.Readings;

/// <summary>
/// A request of the compact wire, taken apart (docs/wire.md, "The compact wire"): values by position become the readings and the heartbeat
/// that JSON says by name. Ranges are those of <see cref="ReadingFields"/> and <see cref="HeartbeatFields"/>: each record goes through
/// their tables, so that there is one rule for both wires.
/// </summary>
internal sealed class CompactRequest
{
    /// <summary>Records at most.</summary>
    public const int MaxRecords = 64;

    private const int Version = 1;
    private const int ElementsBefore = 2;

    private CompactRequest(byte[]? nonce, List<CompactRecord> records)
    {
        Nonce = nonce;
        Records = records;
    }

    /// <summary>With what the box asks for a proof of the answer; null = it does not.</summary>
    public byte[]? Nonce { get; }

    /// <summary>Its records in their order, those that are refused included.</summary>
    public IReadOnlyList<CompactRecord> Records { get; }

    /// <summary>Takes a body apart.</summary>
    /// <param name="body">The bytes.</param>
    /// <returns>Null when it is no such request at all.</returns>
    public static CompactRequest? TryParse(ReadOnlyMemory<byte> body)
    {
        try
        {
            CborReader reader = new(body, CborConformanceMode.Strict);
            if (reader.PeekState() != CborReaderState.StartArray || reader.ReadStartArray() is not { } count
                || count is <= ElementsBefore or > MaxRecords + ElementsBefore
                || CompactValue.Read(reader) is not { Kind: CompactKind.Number, Number: Version })
            {
                return null;
            }

            if (!TryReadNonce(reader, out byte[]? nonce))
            {
                return null;
            }

            CompactRecords records = new();
            List<CompactRecord> parsed = new(count - ElementsBefore);
            for (int i = ElementsBefore; i < count; i++)
            {
                parsed.Add(records.Next(reader));
            }

            reader.ReadEndArray();
            return reader.BytesRemaining == 0 ? new CompactRequest(nonce, parsed) : null;
        }
        catch (Exception broken) when (broken is CborContentException or InvalidOperationException or OverflowException)
        {
            return null;
        }
    }

    private static bool TryReadNonce(CborReader reader, out byte[]? nonce)
    {
        nonce = null;
        switch (reader.PeekState())
        {
            case CborReaderState.Null:
                reader.ReadNull();
                return true;
            case CborReaderState.ByteString:
                nonce = reader.ReadByteString();
                return nonce.Length == AnswerMac.NonceBytes;
            default:
                return false;
        }
    }
}

/// <summary>One record of a request.</summary>
/// <param name="Reading">A reading that is whole and in range; else null.</param>
/// <param name="Heartbeat">A heartbeat that is; else null.</param>
/// <param name="Refusal">Below 0: why it is neither; see docs/wire.md, "The answer".</param>
internal sealed record CompactRecord(Reading? Reading, Heartbeat? Heartbeat, int Refusal)
{
    /// <summary>Nothing that is known.</summary>
    public static readonly CompactRecord Unknown = new(null, null, -1);

    /// <summary>One whose value is missing, of the wrong type or out of range.</summary>
    /// <param name="position">Where it stands.</param>
    public static CompactRecord Refuse(int position) => new(null, null, -1 - position);
}

/// <summary>The records of one request, one after the other: each may leave out what those before it have said.</summary>
internal sealed class CompactRecords
{
    private const int KindReading = 0;
    private const int KindHeartbeat = 1;
    private const int DefaultIntervalSeconds = 300;

    /// <summary>The names of values in JSON, by position. Those in brackets are differences and the like: they are made up below.</summary>
    private static readonly string[] s_reading =
    [
        "", "n", "t", "b", "i", "u", "probe_rssi_avg", "probe_rssi_min", "probe_rssi_max", "cell_rssi", "dwell_0_1",
        "dwell_1_5", "dwell_5_10", "dwell_10plus", "rssi_immediate", "rssi_near", "rssi_far", "rssi_remote", "ble_i", "ble_u",
        "ble_apple", "baa", "ble_other", "ble_rssi_avg", "ls", "iv", "v", "cv", "age", "ts", "cd", "sf", "dr", "of", "do", "rl",
        "ack", "ar",
    ];

    private static readonly string[] s_heartbeat =
        ["", "b", "uptime", "cell_rssi", "cv", "hf", "v", "hw", "rr", "ob", "bf", "hc", "ack", "ar", "ks", "fl"];

    private static readonly string[] s_results = ["ok", "failed", "unknown"];

    /// <summary>Texts that may be said by number, from 0; see docs/wire.md.</summary>
    private static readonly string?[] s_hardware = [null, "atoms3-nb1", "atoms3-stock"];

    private static readonly string[] s_updates =
        ["idle", "offered", "downloading", "verifying", "applying", "staged", "trial", "confirmed", "rolled_back", "failed"];

    private readonly CompactValue[] _values = new CompactValue[s_reading.Length];
    private readonly ArrayBufferWriter<byte> _json = new(512);

    // What the record before has said.
    private CompactValue _boot;
    private CompactValue _cellRssi;
    private CompactValue _version;
    private CompactValue _configVersion;
    private CompactValue _number;
    private CompactValue _time;
    private CompactValue _interval = CompactValue.Of(DefaultIntervalSeconds);
    private CompactValue _age = CompactValue.Of(0);
    private CompactValue _depth = CompactValue.Of(0);
    private CompactValue _failures = CompactValue.Of(0);
    private CompactValue _lost = CompactValue.Of(0);
    private bool _hasReading;
    private bool _hasHeartbeat;

    /// <summary>Reads the next one.</summary>
    /// <param name="reader">Stands before it; behind it afterwards.</param>
    /// <exception cref="CborContentException">The body is broken.</exception>
    public CompactRecord Next(CborReader reader)
    {
        if (reader.PeekState() != CborReaderState.StartArray)
        {
            reader.SkipValue();
            return CompactRecord.Unknown;
        }

        Array.Clear(_values);
        int position = 0;
        // Without a length it ends where it ends; so it may be read, and is no record.
        bool isDefinite = reader.ReadStartArray() is not null;
        for (; reader.PeekState() != CborReaderState.EndArray; position++)
        {
            CompactValue value = CompactValue.Read(reader);
            if (position < _values.Length)
            {
                _values[position] = value;
            }
        }

        reader.ReadEndArray();
        return (isDefinite ? _values[0] : default) switch
        {
            { Kind: CompactKind.Number, Number: KindReading } => Reading(),
            { Kind: CompactKind.Number, Number: KindHeartbeat } when !_hasHeartbeat => Heartbeat(),
            _ => CompactRecord.Unknown,
        };
    }

    private CompactRecord Reading()
    {
        CompactValue[] v = _values;
        CompactValue interval = v[25] = v[25].Or(_interval);
        _interval = interval;
        CompactValue later = v[2];
        _number = v[1] = v[1].Or(_number.Plus(CompactValue.Of(1)));
        CompactValue difference = _hasReading ? later.Or(interval) : default;
        CompactValue time = _hasReading ? _time.Plus(difference) : later;
        _age = v[28] = v[28].Or(_hasReading ? _age.Minus(difference).AtLeast0() : _age);
        _time = v[2] = time;
        _depth = v[30] = v[30].Or(_hasReading ? _depth.Minus(CompactValue.Of(1)).AtLeast0() : _depth);
        _failures = v[31] = v[31].Or(_failures);
        _lost = v[32] = v[32].Or(_lost);
        _boot = v[3] = v[3].Or(_boot);
        _cellRssi = v[9] = v[9].Or(_cellRssi);
        _version = v[26] = v[26].Or(_version);
        _configVersion = v[27] = v[27].Or(_configVersion);
        _hasReading = true;

        CompactValue none = CompactValue.Of(0);
        v[4] = v[4].Or(none);
        v[5] = v[5].Or(none);
        v[7] = v[7].IsAbsent ? default : v[6].Or(none).Plus(v[7]);
        v[8] = v[8].IsAbsent ? default : v[6].Or(none).Minus(v[8]);
        CompactValue near = v[14].Or(none).Plus(v[15].Or(none)).Plus(v[16].Or(none));
        v[17] = v[17].Or(none).Plus(v[5].Minus(near));
        v[22] = v[22].Or(none).Plus(v[19].Or(none).Minus(v[20].Or(none)));
        v[24] = v[24].IsAbsent ? default : interval.Minus(v[24]);
        v[29] = v[29].Or(CompactValue.Of(1));
        v[37] = Result(v[36], v[37]);
        for (int position = 1; position <= 3; position++)
        {
            if (v[position].Kind is CompactKind.Absent or CompactKind.Wrong)
            {
                return CompactRecord.Refuse(position);
            }
        }

        Reading reading = new();
        WriteJson(s_reading);
        return ReadingFields.Parse(_json.WrittenSpan, reading) is { } refusal ? CompactRecord.Refuse(PositionOf(s_reading, refusal))
            : new CompactRecord(reading, null, 0);
    }

    private CompactRecord Heartbeat()
    {
        CompactValue[] v = _values;
        _hasHeartbeat = true;
        _boot = v[1] = v[1].Or(_boot);
        _cellRssi = v[3] = v[3].Or(_cellRssi);
        _configVersion = v[4] = v[4].Or(_configVersion);
        _version = v[6] = v[6].Or(_version);
        v[7] = Word(s_hardware, v[7]);
        v[9] = Word(s_updates, v[9]);
        v[13] = Result(v[12], v[13]);
        Heartbeat heartbeat = new();
        WriteJson(s_heartbeat);
        return HeartbeatFields.Table.Parse(_json.WrittenSpan, heartbeat) is { } refusal
            ? CompactRecord.Refuse(PositionOf(s_heartbeat, refusal))
            : new CompactRecord(null, heartbeat, 0);
    }

    /// <summary>The text of a number; a text stays what it is.</summary>
    private static CompactValue Word(string?[] words, CompactValue value) =>
        value.Kind != CompactKind.Number ? value
        : value.Number >= 0 && value.Number < words.Length && words[value.Number] is { } word ? CompactValue.Of(word)
        : CompactValue.Wrong;

    /// <summary>The word for what came of a command.</summary>
    private static CompactValue Result(CompactValue command, CompactValue result) =>
        command.IsAbsent ? default
        : result.IsAbsent ? CompactValue.Of(s_results[0])
        : result.Kind == CompactKind.Number && result.Number is >= 0 and < 3 ? CompactValue.Of(s_results[result.Number])
        : CompactValue.Wrong;

    /// <summary>The refusal begins with the name of the field, which is what stands for it here.</summary>
    private static int PositionOf(string[] names, DeviceResponse refusal)
    {
        int colon = refusal.Error.IndexOf(':', StringComparison.Ordinal);
        return Math.Max(0, colon < 0 ? 0 : Array.IndexOf(names, refusal.Error[..colon]));
    }

    /// <summary>
    /// Writes the values under their names, in the order of the positions: the first that is refused is the one that is told.
    /// </summary>
    private void WriteJson(string[] names)
    {
        _json.ResetWrittenCount();
        using Utf8JsonWriter json = new(_json);
        json.WriteStartObject();
        for (int position = 1; position < names.Length; position++)
        {
            CompactValue value = _values[position];
            switch (value.Kind)
            {
                case CompactKind.Absent:
                    break;
                case CompactKind.Number:
                    json.WriteNumber(names[position], value.Number);
                    break;
                case CompactKind.Text:
                    json.WriteString(names[position], value.Text);
                    break;
                case CompactKind.Counters:
                    json.WriteStartObject(names[position]);
                    foreach ((string name, long count) in value.Counters!)
                    {
                        json.WriteNumber(name, count);
                    }

                    json.WriteEndObject();
                    break;
                default:
                    // Nothing takes that.
                    json.WriteBoolean(names[position], true);
                    break;
            }
        }

        json.WriteEndObject();
    }
}

/// <summary>What stands at a position.</summary>
internal enum CompactKind
{
    /// <summary>Nothing, or null.</summary>
    Absent,

    /// <summary>A whole number.</summary>
    Number,

    /// <summary>A text.</summary>
    Text,

    /// <summary>A map of texts to whole numbers.</summary>
    Counters,

    /// <summary>Anything else, or what was made from it.</summary>
    Wrong,
}

/// <summary>One value, or what stands for it where it was left out.</summary>
internal readonly struct CompactValue
{
    /// <summary>No number of the wire has more bits; sums of some of them stay far from the end of 64.</summary>
    private const long Most = 1L << 48;

    /// <summary>No text is longer; the fields have their own limits.</summary>
    private const int MostCounters = 64;

    /// <summary>What is of no use wherever it stands.</summary>
    public static readonly CompactValue Wrong = new(CompactKind.Wrong, 0, null, null);

    private CompactValue(CompactKind kind, long number, string? text, List<(string Name, long Count)>? counters)
    {
        Kind = kind;
        Number = number;
        Text = text;
        Counters = counters;
    }

    /// <summary>What it is.</summary>
    public CompactKind Kind { get; }

    /// <summary>The number.</summary>
    public long Number { get; }

    /// <summary>The text.</summary>
    public string? Text { get; }

    /// <summary>The counters, in the order of the map.</summary>
    public List<(string Name, long Count)>? Counters { get; }

    /// <summary>Whether nothing was said.</summary>
    public bool IsAbsent => Kind == CompactKind.Absent;

    /// <summary>A number.</summary>
    public static CompactValue Of(long number) =>
        number is > Most or < -Most ? Wrong : new CompactValue(CompactKind.Number, number, null, null);

    /// <summary>A text.</summary>
    public static CompactValue Of(string text) => new(CompactKind.Text, 0, text, null);

    /// <summary>Reads one.</summary>
    /// <param name="reader">Stands before it; behind it afterwards.</param>
    /// <exception cref="CborContentException">The body is broken.</exception>
    public static CompactValue Read(CborReader reader)
    {
        switch (reader.PeekState())
        {
            case CborReaderState.Null:
                reader.ReadNull();
                return default;
            case CborReaderState.UnsignedInteger:
                ulong number = reader.ReadUInt64();
                return number > Most ? Wrong : Of((long)number);
            case CborReaderState.NegativeInteger:
                ulong below = reader.ReadCborNegativeIntegerRepresentation();
                return below > Most ? Wrong : Of(-1 - (long)below);
            case CborReaderState.TextString:
                return Of(reader.ReadTextString());
            case CborReaderState.StartMap:
                return ReadCounters(new CborReader(reader.ReadEncodedValue(), CborConformanceMode.Strict));
            default:
                reader.SkipValue();
                return Wrong;
        }
    }

    /// <summary>This value, or another where nothing was said.</summary>
    public CompactValue Or(CompactValue other) => IsAbsent ? other : this;

    /// <summary>The sum; what is no number makes it nothing, or wrong.</summary>
    public CompactValue Plus(CompactValue other) => Combine(other, 1);

    /// <summary>The difference; likewise.</summary>
    public CompactValue Minus(CompactValue other) => Combine(other, -1);

    /// <summary>The same, but no number below 0.</summary>
    public CompactValue AtLeast0() => Kind == CompactKind.Number && Number < 0 ? Of(0) : this;

    private CompactValue Combine(CompactValue other, int sign) =>
        Kind == CompactKind.Number && other.Kind == CompactKind.Number ? Of(Number + (sign * other.Number))
        : IsAbsent || other.IsAbsent ? default
        : Wrong;

    private static CompactValue ReadCounters(CborReader reader)
    {
        if (reader.ReadStartMap() is not { } count || count > MostCounters)
        {
            return Wrong;
        }

        List<(string Name, long Count)> counters = new(count);
        for (int i = 0; i < count; i++)
        {
            CompactValue name = Read(reader);
            CompactValue value = Read(reader);
            if (name.Kind != CompactKind.Text || value.Kind != CompactKind.Number)
            {
                return Wrong;
            }

            counters.Add((name.Text!, value.Number));
        }

        return new CompactValue(CompactKind.Counters, 0, null, counters);
    }
}
