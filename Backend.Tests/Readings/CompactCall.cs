using System.Formats.Cbor;
using System.Net.Sockets;
using System.Text;

using JamBox.Backend.Tests.Hosting;

namespace JamBox.Backend.Tests.Readings;

/// <summary>A request of the compact wire as a box writes it, and its answer, byte for byte.</summary>
internal static class CompactCall
{
    /// <summary>A host of 24 characters: what the budgets of docs/wire.md are for.</summary>
    public const string Host = "counter.jambox.example.d";

    /// <summary>A reading of the period before the clock's start, in positions.</summary>
    /// <param name="number">Its number.</param>
    /// <param name="time">When it was closed.</param>
    /// <param name="values">What stands behind the boot id.</param>
    public static object?[] Reading(int number, DateTimeOffset time, params object?[] values) =>
        [0, number, time.ToUnixTimeSeconds(), 7, .. values];

    /// <summary>A body: version 1, no nonce, records.</summary>
    public static byte[] Body(params object?[][] records) => Body(null, records);

    /// <summary>A body with a nonce.</summary>
    public static byte[] Body(byte[]? nonce, object?[][] records) => Encode([1, nonce, .. records]);

    /// <summary>Anything in CBOR.</summary>
    public static byte[] Encode(object?[] items)
    {
        CborWriter cbor = new(CborConformanceMode.Lax);
        Write(cbor, items);
        return cbor.Encode();
    }

    /// <summary>A request with its head, as the firmware writes it.</summary>
    public static byte[] Request(string token, byte[] body, string? type = null) =>
    [
        .. Encoding.ASCII.GetBytes(
            $"POST /r HTTP/1.1\r\nHost: {Host}\r\nAuthorization: Bearer {token}\r\n" + (type is null ? "" : $"Content-Type: {type}\r\n")
            + $"Content-Length: {body.Length}\r\n\r\n"),
        .. body,
    ];

    /// <summary>Sends a request of the compact wire.</summary>
    public static Task<CompactReply> CompactAsync(this TestDevice device, byte[] body, string? type = null) =>
        SendAsync(device.Host, Request(device.Token, body, type));

    /// <summary>Sends records.</summary>
    public static Task<CompactReply> RecordsAsync(this TestDevice device, params object?[][] records) => device.CompactAsync(Body(records));

    /// <summary>Sends bytes and reads one answer; as the box does, the connection is closed here.</summary>
    public static async Task<CompactReply> SendAsync(BackendHost host, byte[] request)
    {
        using TcpClient client = new();
        await client.ConnectAsync(host.Address.Host, host.Address.Port);
        NetworkStream stream = client.GetStream();
        await stream.WriteAsync(request);
        using CancellationTokenSource patience = new(TimeSpan.FromSeconds(120));
        byte[] buffer = new byte[16 * 1024];
        int length = 0;
        while (true)
        {
            int bodyAt = buffer.AsSpan(0, length).IndexOf("\r\n\r\n"u8) + 4;
            if (bodyAt > 3)
            {
                string head = Encoding.Latin1.GetString(buffer, 0, bodyAt);
                int at = head.IndexOf("Content-Length: ", StringComparison.Ordinal) + 16;
                int end = bodyAt + int.Parse(head[at..head.IndexOf('\r', at)]);
                if (length >= end)
                {
                    Assert.Equal(end, length);
                    return new CompactReply(int.Parse(head.AsSpan(9, 3)), head, buffer[bodyAt..end], length);
                }
            }

            int read = await stream.ReadAsync(buffer.AsMemory(length), patience.Token);
            Assert.True(read > 0, "the connection ended before the answer did");
            length += read;
        }
    }

    private static void Write(CborWriter cbor, object? item)
    {
        switch (item)
        {
            case null:
                cbor.WriteNull();
                break;
            case object?[] items:
                cbor.WriteStartArray(items.Length);
                foreach (object? inner in items)
                {
                    Write(cbor, inner);
                }

                cbor.WriteEndArray();
                break;
            case byte[] bytes:
                cbor.WriteByteString(bytes);
                break;
            case string text:
                cbor.WriteTextString(text);
                break;
            case double real:
                cbor.WriteDouble(real);
                break;
            case bool truth:
                cbor.WriteBoolean(truth);
                break;
            case ulong big:
                cbor.WriteUInt64(big);
                break;
            case DateTimeOffset tagged:
                cbor.WriteTag(CborTag.UnixTimeSeconds);
                cbor.WriteInt64(tagged.ToUnixTimeSeconds());
                break;
            case Dictionary<string, object?> map:
                cbor.WriteStartMap(map.Count);
                foreach ((string name, object? value) in map)
                {
                    cbor.WriteTextString(name);
                    Write(cbor, value);
                }

                cbor.WriteEndMap();
                break;
            default:
                cbor.WriteInt64(Convert.ToInt64(item));
                break;
        }
    }
}

/// <summary>An answer of the compact wire.</summary>
/// <param name="Status">The status.</param>
/// <param name="Head">Status line and headers.</param>
/// <param name="Body">The body.</param>
/// <param name="Length">Bytes in all.</param>
internal sealed record CompactReply(int Status, string Head, byte[] Body, int Length)
{
    /// <summary>Its elements: numbers, arrays of numbers, null.</summary>
    public object?[] Elements
    {
        get
        {
            CborReader reader = new(Body, CborConformanceMode.Canonical);
            object?[] elements = new object?[reader.ReadStartArray()!.Value];
            for (int i = 0; i < elements.Length; i++)
            {
                elements[i] = Read(reader);
            }

            reader.ReadEndArray();
            Assert.Equal(0, reader.BytesRemaining);
            return elements;
        }
    }

    /// <summary>What became of each record.</summary>
    public long[] Results
    {
        get
        {
            Assert.Equal(201, Status);
            return [.. ((object?[])Elements[2]!).Select(static result => (long)result!)];
        }
    }

    /// <summary>It is a yes, and this became of each record.</summary>
    public void Says(params long[] results) => Assert.Equal(string.Join(' ', results), string.Join(' ', Results));

    private static object? Read(CborReader reader)
    {
        switch (reader.PeekState())
        {
            case CborReaderState.Null:
                reader.ReadNull();
                return null;
            case CborReaderState.ByteString:
                return reader.ReadByteString();
            case CborReaderState.StartArray:
                object?[] items = new object?[reader.ReadStartArray()!.Value];
                for (int i = 0; i < items.Length; i++)
                {
                    items[i] = Read(reader);
                }

                reader.ReadEndArray();
                return items;
            default:
                return reader.ReadInt64();
        }
    }
}
