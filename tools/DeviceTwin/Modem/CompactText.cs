using System.Formats.Cbor;
using System.Text.Json.Nodes;

namespace JamBox.Twin.Modem;

/// <summary>
/// The compact wire, read along with: what docs/wire.md says of positions and of what is left out, written once more from that page, so
/// that box and backend cannot agree on something else.
/// </summary>
internal static class CompactText
{
    /// <summary>The first words of such a request.</summary>
    public const string Route = "POST /r";

    private const byte NonceHead = 0x48;
    private const int MacSize = 8;
    private const int NumberAt = 1;
    private const int BootAt = 3;
    private const int DatedAt = 29;
    private const int DroppedAt = 32;
    private const int ReadingAckAt = 36;
    private const int HeartbeatBootAt = 1;
    private const int ReasonAt = 8;
    private const int HeartbeatAckAt = 12;

    /// <summary>Gives the records of a request under the names that they have in JSON, as far as somebody asks for them.</summary>
    /// <param name="request">The request.</param>
    /// <returns>A heartbeat has <c>rr</c>, a reading <c>n</c>; empty when it is no such request.</returns>
    public static List<JsonObject> Records(byte[] request)
    {
        var records = new List<JsonObject>();
        try
        {
            if (Body(request) is not { } body)
            {
                return records;
            }

            var reader = new CborReader(body, CborConformanceMode.Lax);
            int? count = reader.ReadStartArray();
            reader.SkipValue();
            reader.SkipValue();
            long boot = 0;
            long number = 0;
            long dropped = 0;
            for (int i = 2; i < count; i++)
            {
                object?[] values = Values(reader);
                if (values[0] is 1L)
                {
                    boot = At(values, HeartbeatBootAt) is long said ? said : boot;
                    records.Add(Heartbeat(values, boot));
                }
                else
                {
                    boot = At(values, BootAt) is long said ? said : boot;
                    number = At(values, NumberAt) is long own ? own : number + 1;
                    dropped = At(values, DroppedAt) is long told ? told : dropped;
                    records.Add(Reading(values, boot, number, dropped));
                }
            }
        }
        catch (Exception broken) when (broken is CborContentException or InvalidOperationException)
        {
            records.Clear();
        }

        return records;
    }

    /// <summary>Gives what an answer says of each record.</summary>
    /// <param name="response">The answer; <c>null</c> = none came.</param>
    /// <returns>The results; <c>null</c> when it says nothing.</returns>
    public static List<long>? Results(byte[]? response)
    {
        if (Elements(response) is not { Count: >= 3 } elements || elements[2] is not object?[] results)
        {
            return null;
        }

        return [.. results.Select(result => result is long number ? number : 2)];
    }

    /// <summary>Gives the command in an answer.</summary>
    /// <param name="response">The answer.</param>
    /// <returns>Its id; <c>null</c> when there is none.</returns>
    public static long? CommandId(byte[] response) => Elements(response) is { Count: > 4 } elements ? elements[4] as long? : null;

    /// <summary>Tells whether a request asks for a proof of the answer.</summary>
    /// <param name="request">The request.</param>
    /// <returns>Whether it has a nonce.</returns>
    public static bool HasNonce(byte[] request) => Body(request) is { Length: > 2 } body && body[2] == NonceHead;

    /// <summary>Gives the MAC of an answer.</summary>
    /// <param name="response">The answer.</param>
    /// <returns>Eight bytes; zeros when there is none.</returns>
    public static byte[] MacOf(byte[] response) =>
        Body(response) is { } body && body.Length > MacSize && body[^(MacSize + 1)] == NonceHead ? body[^MacSize..] : new byte[MacSize];

    /// <summary>Makes an answer that refuses every record of a request for the value at a position.</summary>
    /// <param name="records">How many.</param>
    /// <param name="position">The position.</param>
    /// <param name="utcMs">What time it is, ms since 1970.</param>
    /// <returns>The response.</returns>
    public static byte[] Refusal(int records, int position, long utcMs) =>
        Answer(utcMs / 1000, null, [.. Enumerable.Repeat(-1L - position, records)], null, null);

    /// <summary>Makes an answer.</summary>
    /// <param name="seconds">What time it says, s since 1970.</param>
    /// <param name="version">Which configuration.</param>
    /// <param name="results">Of each record.</param>
    /// <param name="command">Number, id and argument of a command; <c>null</c> = none.</param>
    /// <param name="mac">Eight bytes; <c>null</c> = none.</param>
    /// <returns>The response.</returns>
    public static byte[] Answer(long seconds, int? version, IReadOnlyList<long> results, (int Code, int Id, int Argument)? command, byte[]? mac)
    {
        var cbor = new CborWriter();
        cbor.WriteStartArray(3 + (command is null ? 0 : 3) + (mac is null ? 0 : 1));
        cbor.WriteInt64(seconds);
        if (version is { } known)
        {
            cbor.WriteInt32(known);
        }
        else
        {
            cbor.WriteNull();
        }

        cbor.WriteStartArray(results.Count);
        foreach (long result in results)
        {
            cbor.WriteInt64(result);
        }

        cbor.WriteEndArray();
        if (command is { } order)
        {
            cbor.WriteInt32(order.Code);
            cbor.WriteInt32(order.Id);
            cbor.WriteInt32(order.Argument);
        }

        if (mac is not null)
        {
            cbor.WriteByteString(mac);
        }

        cbor.WriteEndArray();
        byte[] body = cbor.Encode();
        return [.. System.Text.Encoding.ASCII.GetBytes($"HTTP/1.1 201 Created\r\nContent-Length: {body.Length}\r\n\r\n"), .. body];
    }

    private static JsonObject Heartbeat(object?[] values, long boot)
    {
        var json = new JsonObject { ["b"] = boot, ["rr"] = At(values, ReasonAt) as string ?? string.Empty };
        return Acknowledging(json, At(values, HeartbeatAckAt));
    }

    private static JsonObject Reading(object?[] values, long boot, long number, long dropped)
    {
        var json = new JsonObject { ["b"] = boot, ["n"] = number, ["dr"] = dropped, ["ts"] = At(values, DatedAt) is 0L ? 0L : 1L };
        return Acknowledging(json, At(values, ReadingAckAt));
    }

    private static JsonObject Acknowledging(JsonObject json, object? id)
    {
        if (id is long command)
        {
            json["ack"] = command;
        }

        return json;
    }

    private static object? At(object?[] values, int position) => position < values.Length ? values[position] : null;

    private static byte[]? Body(byte[]? message)
    {
        int bodyAt = message is null ? 0 : HttpFraming.BodyStart(message);
        return bodyAt > 0 && bodyAt < message!.Length ? message[bodyAt..] : null;
    }

    private static List<object?>? Elements(byte[]? response)
    {
        try
        {
            return Body(response) is { } body ? [.. Values(new CborReader(body, CborConformanceMode.Lax))] : null;
        }
        catch (Exception broken) when (broken is CborContentException or InvalidOperationException)
        {
            return null;
        }
    }

    private static object?[] Values(CborReader reader)
    {
        var values = new List<object?>();
        reader.ReadStartArray();
        while (reader.PeekState() != CborReaderState.EndArray)
        {
            switch (reader.PeekState())
            {
                case CborReaderState.UnsignedInteger or CborReaderState.NegativeInteger:
                    values.Add(reader.ReadInt64());
                    break;
                case CborReaderState.TextString:
                    values.Add(reader.ReadTextString());
                    break;
                case CborReaderState.StartArray:
                    values.Add(Values(reader));
                    break;
                default:
                    reader.SkipValue();
                    values.Add(null);
                    break;
            }
        }

        reader.ReadEndArray();
        return [.. values];
    }
}
