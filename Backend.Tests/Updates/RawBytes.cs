using System.Net.Sockets;
using System.Text;

using JamBox.Backend.Tests.Hosting;

namespace JamBox.Backend.Tests.Updates;

/// <summary>A binary answer, byte for byte as it came over the socket.</summary>
public sealed class RawBytes
{
    private RawBytes(byte[] bytes)
    {
        int end = bytes.AsSpan().IndexOf("\r\n\r\n"u8);
        Length = bytes.Length;
        Head = Encoding.ASCII.GetString(bytes, 0, end);
        Body = bytes[(end + 4)..];
        Status = int.Parse(Head.AsSpan(9, 3));
    }

    public int Length { get; }

    public string Head { get; }

    public byte[] Body { get; }

    public int Status { get; }

    public static async Task<RawBytes> GetAsync(BackendHost host, string path, string token)
    {
        using TcpClient client = new();
        await client.ConnectAsync(host.Address.Host, host.Address.Port);
        NetworkStream stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(
            $"GET {path} HTTP/1.1\r\nHost: 10.0.0.1:5000\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\r\n"));
        using MemoryStream answer = new();
        await stream.CopyToAsync(answer).WaitAsync(TimeSpan.FromSeconds(120));
        return new RawBytes(answer.ToArray());
    }

    /// <summary>The value of a header; null when it is not there.</summary>
    public string? Header(string name) =>
        Head.Split("\r\n").FirstOrDefault(line => line.StartsWith(name + ": ", StringComparison.Ordinal))?[(name.Length + 2)..];
}
