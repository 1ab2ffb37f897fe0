using System.Text;
using System.Text.Json;

using JamBox.Backend.Security;

namespace JamBox.Backend.Tests.Hosting;

/// <summary>A registered device that speaks over raw sockets.</summary>
public sealed record TestDevice(BackendHost Host, string Id, string Token)
{
    public Task<RawAnswer> PostAsync(string path, string body) =>
        Host.RawAsync(BackendHost.DeviceRequest(path, Token, Encoding.UTF8.GetBytes(body)));

    /// <summary>Posts a reading that has the required fields and these others.</summary>
    public Task<RawAnswer> ReadingAsync(string fields) =>
        PostAsync("/api/reading", $$"""{"d":"{{Id}}","i":10,"u":5,{{fields}}}""");

    public Task<JsonElement[]> StoredAsync() => Host.ListAsync($"/api/readings?limit=1000&device_id={Id}");
}

/// <summary>What came over the socket, byte for byte.</summary>
public sealed class RawAnswer(byte[] bytes)
{
    public string Text { get; } = Encoding.UTF8.GetString(bytes);

    public int Length => bytes.Length;

    public int Status => Text.Length > 12 ? int.Parse(Text.AsSpan(9, 3)) : 0;

    public string Head => Text[..Text.IndexOf("\r\n\r\n", StringComparison.Ordinal)];

    public string Body => Text[(Text.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..];
}
