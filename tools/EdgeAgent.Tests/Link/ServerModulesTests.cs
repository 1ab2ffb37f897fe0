using JamBox.Edge.Engine;
using JamBox.Edge.Link;
using JamBox.Edge.Modules;

using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;

namespace JamBox.Edge.Tests.Link;

public sealed class ServerModulesTests : IDisposable
{
    private const string List =
        """{"modules":[{"hostname":"esp32-A1B2C3","type":"power","displayName":"Power","name":"left","enabled":true,"connection":"wired"}]}""";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_list_is_kept_and_used_while_the_server_is_away()
    {
        int status = 200;
        await using FaultyServer server = await FaultyServer.StartAsync(async http =>
        {
            http.Response.StatusCode = status == 200 && http.Request.Headers.IfNoneMatch == "\"1\"" ? 304 : status;
            http.Response.Headers.ETag = "\"1\"";
            if (http.Response.StatusCode == 200)
            {
                await http.Response.WriteAsync(List);
            }
        });
        using ServerClient client = new(() => LinkWorld.Settings(server.Address));
        ServerModules modules = Modules(client);
        Assert.Equal("esp32-A1B2C3", Assert.Single(await modules.ListAsync(default)).Hostname);
        Assert.Single(await modules.ListAsync(default));
        foreach (int fault in (int[])[500, 401, 429, 404])
        {
            status = fault;
            Assert.Single(await modules.ListAsync(default));

            // After a restart of the agent, too.
            Assert.Single(await Modules(client).ListAsync(default));
        }
    }

    [Fact]
    public async Task A_list_that_cannot_be_used_is_said_and_the_kept_one_is_not_taken_for_it()
    {
        string list = List;
        await using FaultyServer server = await FaultyServer.StartAsync(http => http.Response.WriteAsync(list));
        using ServerClient client = new(() => LinkWorld.Settings(server.Address));
        ServerModules modules = Modules(client);
        Assert.Single(await modules.ListAsync(default));

        // A module may have been switched off since.
        list = "{\"modules\":[{\"hostname\":\"a b\"}]}";
        await Assert.ThrowsAsync<FormatException>(() => modules.ListAsync(default));
    }

    [Fact]
    public async Task Without_server_and_without_a_kept_one_it_is_a_fault_and_not_an_empty_list()
    {
        using ServerClient client = new(() => LinkWorld.Settings(new Uri("http://127.0.0.1:1/")));
        await Assert.ThrowsAsync<LinkException>(() => Modules(client).ListAsync(default));
        await File.WriteAllTextAsync(_folder.File("modules.json"), "{\"modules\":[");
        await Assert.ThrowsAsync<LinkException>(() => Modules(client).ListAsync(default));
    }

    [Fact]
    public async Task A_server_of_old_has_no_modules()
    {
        await using FaultyServer server = await FaultyServer.StartAsync(static http =>
        {
            http.Response.StatusCode = 404;
            return Task.CompletedTask;
        });
        using ServerClient client = new(() => LinkWorld.Settings(server.Address));
        IReadOnlyList<ModuleEntry> none = await Modules(client).ListAsync(default);
        Assert.Empty(none);
    }

    private ServerModules Modules(ServerClient client) =>
        new(client, new DiskFiles(), _folder.File("modules.json"), NullLogger<ServerModules>.Instance);
}
