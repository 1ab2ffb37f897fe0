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
