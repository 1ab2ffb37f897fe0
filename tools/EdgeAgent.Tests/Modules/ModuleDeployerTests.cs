using JamBox.Backend.Tests.Mqtt;
using JamBox.Edge.Demo;
using JamBox.Edge.Engine;
using JamBox.Edge.Modules;
using JamBox.Edge.Tests.Time;

using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace JamBox.Edge.Tests.Modules;

/// <summary>Deployments to modules from end to end: what goes well, what goes wrong with one, and what the others do then.</summary>
[Collection(ManualTime.Alone)]
public sealed class ModuleDeployerTests
{
    [MosquittoFact]
    public async Task Twenty_modules_get_their_images_in_the_time_of_one()
    {
        await using ModuleBench bench = await ModuleBench.CreateAsync();
        for (int index = 0; index < 20; index++)
        {
            bench.Add(index % 2 == 0 ? "power" : "light", isWired: index % 2 == 0, flash: new FlashModel(2000, 100, 0));
        }

        await bench.SettleAsync();
        byte[] power = SimulatedImage.Build("1.1.0", ModuleBench.ImageBytes);
        byte[] light = SimulatedImage.Build("2.0.0", ModuleBench.ImageBytes + 1000);
        string release = bench.Release(
            "r", """{"wired":{"power":"1.1.0"},"wireless":{"light":"2.0.0"}}""", ("wired/power", power), ("wireless/light", light));
        DateTimeOffset begun = bench.Time.GetUtcNow();
        IReadOnlyList<ModuleState> states = await bench.DeployAsync(release);

        Assert.Equal(20, states.Count);
        Assert.All(states, static state => Assert.Equal(ModuleStatus.Done, state.Status));
        Assert.All(states, static state => Assert.Equal("1.0.0", state.Before));
        Assert.All(states, static state => Assert.Equal(state.Type == "power" ? "1.1.0" : "2.0.0", state.After));
        Assert.All(states, static state => Assert.Equal(state.After, state.Expected));
        Assert.All(bench.Place.Modules.Where((_, index) => index % 2 == 0), module => Assert.Equal(power, module.Image));
        Assert.All(bench.Place.Modules.Where((_, index) => index % 2 == 1), module => Assert.Equal(light, module.Image));
        Assert.Equal(20, bench.Place.CanMessages.Distinct().Count());
        Assert.Equal(power, File.ReadAllBytes(Path.Combine(bench.StateFolder, "modules", "esp32-a00000", "1.1.0.bin")));

        TimeSpan whole = bench.Time.GetUtcNow() - begun;
        Assert.InRange(whole.TotalMilliseconds, 1, 1.2 * states.Max(static state => state.Ms!.Value));
        IEnumerable<ModuleState> first = bench.Reports.Where(static state => state.Hostname == "esp32-A00000");
        ModuleStatus[] steps = [.. first.Select(static state => state.Status).Distinct()];
        Assert.Equal(
            [ModuleStatus.Waiting, ModuleStatus.Triggered, ModuleStatus.Pushing, ModuleStatus.Returning, ModuleStatus.Done], steps);
    }

    [MosquittoFact]
    public async Task Only_modules_that_need_an_image_are_disturbed()
    {
        await using ModuleBench bench = await ModuleBench.CreateAsync();
        bench.Add(image: SimulatedImage.Build("v1.1.0", 4096));
        bench.Add("unknown");
        bench.Add(isEnabled: false);
        SimulatedModule before = bench.Add();
        SimulatedModule needs = bench.Add();
        await bench.SettleAsync();
        ModuleState done = new() { Hostname = before.Hostname.ToLowerInvariant(), Type = "power", Status = ModuleStatus.Done };
        IReadOnlyList<ModuleState> states = await bench.DeployAsync(bench.Release("1.1.0"), [done]);

        Assert.Equal(4, states.Count);
        Assert.Equal(ModuleStatus.Skipped, states[0].Status);
        Assert.Null(states[0].Error);

        // The agent may have ended between writing it and keeping it: what runs is kept, to be gone back to.
        Assert.True(new ImageStore(new DiskFiles(), bench.StateFolder).IsLast(states[0].Hostname, states[0].Before!));
        Assert.Equal(ModuleStatus.Skipped, states[1].Status);
        Assert.Contains("power", states[1].Error, StringComparison.Ordinal);
        Assert.Same(done, states[2]);
        Assert.Equal(ModuleStatus.Done, states[3].Status);
        Assert.Equal([needs.Hostname], bench.Place.Modules.Where(static module => module.Invitations > 0).Select(static m => m.Hostname));
        Assert.All(bench.Place.Modules.Where(module => module != needs), static module => Assert.Equal(1, module.Boots));
    }

    [MosquittoFact]
    public async Task A_package_without_images_concerns_no_module()
    {
        await using ModuleBench bench = await ModuleBench.CreateAsync();
        bench.Add();
        string release = bench.Release("plain", null);
        Directory.Delete(Path.Combine(release, "firmware"));
        Assert.Empty(await bench.DeployAsync(release));
    }

    [MosquittoFact]
    public async Task A_flat_list_of_versions_is_for_both_ways_of_connecting()
    {
        await using ModuleBench bench = await ModuleBench.CreateAsync();
        bench.Add();
        bench.Add(isWired: false);
        await bench.SettleAsync();
        byte[] image = SimulatedImage.Build("1.1.0", ModuleBench.ImageBytes);
        string release = bench.Release("flat", """{"power":"1.1.0"}""", ("wired/power", image), ("wireless/power", image));
        Assert.All(await bench.DeployAsync(release), static state => Assert.Equal(ModuleStatus.Done, state.Status));
    }

    [MosquittoFact]
    public async Task A_module_that_comes_back_with_another_version_gets_the_image_of_before()
    {
        await using ModuleBench bench = await ModuleBench.CreateAsync();
        SimulatedModule module = bench.Add();
        await bench.SettleAsync();

        // Nothing is kept yet: it stays as it is.
        ModuleState failed = Assert.Single(await bench.DeployAsync(bench.Release("1.1.0", actually: "1.0.9")));
        Assert.Equal(ModuleStatus.Failed, failed.Status);
        Assert.Equal("1.0.9", failed.After);
        Assert.Contains("No image of before", failed.Error, StringComparison.Ordinal);

        ModuleState done = Assert.Single(await bench.DeployAsync(bench.Release("1.1.0")));
        Assert.Equal(ModuleStatus.Done, done.Status);
        ModuleState restored = Assert.Single(await bench.DeployAsync(bench.Release("1.2.0", actually: "1.1.9")));
        Assert.Equal(ModuleStatus.Restored, restored.Status);
        Assert.Equal(("1.1.0", "1.1.0", "1.2.0"), (restored.Before, restored.After, restored.Expected));
        Assert.Contains("1.1.9", restored.Error, StringComparison.Ordinal);
        Assert.Equal("1.1.0", module.Version);
    }

    [MosquittoFact]
    public async Task A_second_try_goes_back_to_what_it_ran_before_the_first()
    {
        await using ModuleBench bench = await ModuleBench.CreateAsync();
        SimulatedModule module = bench.Add();
        await bench.SettleAsync();
        Assert.Equal(ModuleStatus.Done, Assert.Single(await bench.DeployAsync(bench.Release("1.1.0"))).Status);

        // The way back is closed in the first try: it stays with what is wrong.
        string wrong = bench.Release("1.2.0", actually: "1.1.9");
        bench.Reported = state => module.Faults.MissingConnections =
            state is { Status: ModuleStatus.Returning } ? 100 : module.Faults.MissingConnections;
        ModuleState failed = Assert.Single(await bench.DeployAsync(wrong));
        Assert.Equal((ModuleStatus.Failed, "1.1.0", "1.1.9"), (failed.Status, failed.Before, module.Version));

        bench.Reported = null;
        module.Faults.MissingConnections = 0;
        ModuleState restored = Assert.Single(await bench.DeployAsync(wrong, [failed]));
        Assert.Equal((ModuleStatus.Restored, "1.1.0", "1.1.0"), (restored.Status, restored.Before, restored.After));
        Assert.Equal("1.1.0", module.Version);
    }

    [MosquittoFact]
    public async Task One_that_keeps_starting_again_is_not_taken_for_done_by_a_second_try()
    {
        await using ModuleBench bench = await ModuleBench.CreateAsync();
        SimulatedModule module = bench.Add();
        await bench.SettleAsync();
        bench.Options.SettleSeconds = 30;

        // Nothing is kept yet, so that it stays as it is.
        string loops = bench.Release("1.2.0", ImageBehaviour.RebootLoop);
        ModuleState failed = Assert.Single(await bench.DeployAsync(loops));
        Assert.Equal(ModuleStatus.Failed, failed.Status);
        ModuleState again = Assert.Single(await bench.DeployAsync(loops, [failed]));
        Assert.Equal(ModuleStatus.Failed, again.Status);
        Assert.Contains("keeps starting", again.Error, StringComparison.Ordinal);
        Assert.False(new ImageStore(new DiskFiles(), bench.StateFolder).IsLast(module.Hostname, "1.2.0"));
    }

    [MosquittoFact]
    public async Task One_whose_power_goes_in_the_middle_is_told_again()
    {
        await using ModuleBench bench = await ModuleBench.CreateAsync();
        bench.Options.PushTries = 2;
        SimulatedModule module = bench.Add(faults: new ModuleFaults { PowerCuts = 1 });
        bench.Add(faults: new ModuleFaults { LastCountsLost = 1 });
        await bench.SettleAsync();
        Assert.All(await bench.DeployAsync(bench.Release("1.1.0")), static state => Assert.Equal(ModuleStatus.Done, state.Status));
        Assert.Equal("1.1.0", module.Version);
    }

    [MosquittoFact]
    public async Task One_that_is_still_starting_when_it_is_told_again_is_told_once_more()
    {
        await using ModuleBench bench = await ModuleBench.CreateAsync();
        SimulatedModule slow = bench.Add(faults: new ModuleFaults { PowerCuts = 1 }, bootMs: 8000);
        bench.Time.Advance(TimeSpan.FromSeconds(8));
        await bench.SettleAsync();
        Assert.Equal(ModuleStatus.Done, Assert.Single(await bench.DeployAsync(bench.Release("1.1.0"))).Status);
        Assert.Equal("1.1.0", slow.Version);
    }

    [MosquittoFact]
    public async Task One_that_listens_already_starts_again_when_it_is_told_and_not_in_the_middle_of_the_image()
    {
        await using ModuleBench bench = await ModuleBench.CreateAsync();

        // It goes on listening when its connection breaks, and the next message that tells it comes while it does.
        SimulatedModule module = bench.Add(faults: new ModuleFaults { CutConnections = 1 }, flash: FlashModel.Real);
        await bench.SettleAsync();
        bench.Options.PushTries = 2;
        ModuleState state = Assert.Single(await bench.DeployAsync(bench.Release("1.1.0")));
        Assert.Equal((ModuleStatus.Done, null), (state.Status, state.Error));
        Assert.Equal("1.1.0", module.Version);

        // Told twice, and back with the new image.
        Assert.Equal(1 + 2 + 1, module.Boots);
    }

    [MosquittoFact]
    public async Task Images_of_boards_that_are_gone_go_too()
    {
        await using ModuleBench bench = await ModuleBench.CreateAsync();
        SimulatedModule module = bench.Add();
        await bench.SettleAsync();
        ImageStore store = new(new DiskFiles(), bench.StateFolder);
        store.Keep("esp32-gone", "0.9.0", SimulatedImage.Build("0.9.0", ModuleBench.ImageBytes));
        await bench.DeployAsync(bench.Release("1.1.0"));
        Assert.Null(store.Find("esp32-gone", "0.9.0"));
        Assert.NotNull(store.Find(module.Hostname, "1.1.0"));
    }

    [MosquittoFact]
    public async Task An_older_image_than_the_one_before_is_better_than_a_bad_one_and_is_named()
    {
        await using ModuleBench bench = await ModuleBench.CreateAsync();
        SimulatedModule module = bench.Add();
        await bench.SettleAsync();
        ImageStore store = new(new DiskFiles(), bench.StateFolder);
        store.Keep(module.Hostname, "0.9.0", SimulatedImage.Build("0.9.0", ModuleBench.ImageBytes));
        ModuleState restored = Assert.Single(await bench.DeployAsync(bench.Release("1.2.0", actually: "1.1.9")));
        Assert.Equal((ModuleStatus.Restored, "1.0.0", "0.9.0"), (restored.Status, restored.Before, restored.After));
        Assert.EndsWith("It has 0.9.0 now: of 1.0.0, which it ran, no image is kept here.", restored.Error, StringComparison.Ordinal);
        Assert.Equal("0.9.0", module.Version);
    }

    [MosquittoFact]
    public async Task A_module_that_keeps_starting_again_gets_the_image_of_before()
    {
        await using ModuleBench bench = await ModuleBench.CreateAsync();
        SimulatedModule module = bench.Add();
        SimulatedModule goesBack = bench.Add(rollsBack: true);
        await bench.SettleAsync();
        Assert.All(await bench.DeployAsync(bench.Release("1.1.0")), static state => Assert.Equal(ModuleStatus.Done, state.Status));
        bench.Options.SettleSeconds = 30;
        IReadOnlyList<ModuleState> states = await bench.DeployAsync(bench.Release("1.2.0", ImageBehaviour.RebootLoop));
        Assert.All(states, static state => Assert.Equal(ModuleStatus.Restored, state.Status));
        Assert.All(states, static state => Assert.Equal("1.1.0", state.After));
        Assert.Contains("keeps starting", states[0].Error, StringComparison.Ordinal);
        Assert.Equal("1.1.0", module.Version);
        Assert.Equal("1.1.0", goesBack.Version);
    }

    [MosquittoFact]
    public async Task A_module_that_does_not_come_back_gets_the_image_of_before_if_it_still_listens()
    {
        await using ModuleBench bench = await ModuleBench.CreateAsync();
        SimulatedModule module = bench.Add();
        await bench.SettleAsync();
        await bench.DeployAsync(bench.Release("1.1.0"));
        ModuleState restored = Assert.Single(await bench.DeployAsync(bench.Release("1.2.0", ImageBehaviour.Silent)));
        Assert.Equal(ModuleStatus.Restored, restored.Status);
        Assert.Equal("1.1.0", module.Version);

        ModuleState dead = Assert.Single(await bench.DeployAsync(bench.Release("1.2.0", ImageBehaviour.Dead)));
        Assert.Equal(ModuleStatus.Failed, dead.Status);
        Assert.Contains("did not come back", dead.Error, StringComparison.Ordinal);
        Assert.Contains("1.1.0 could not be brought back", dead.Error, StringComparison.Ordinal);
    }

    [MosquittoFact]
    public async Task One_that_fails_fails_alone()
    {
        await using ModuleBench bench = await ModuleBench.CreateAsync();
        SimulatedModule away = bench.Add(faults: new ModuleFaults { DatagramsLost = 100_000 });
        SimulatedModule small = bench.Add(partitionBytes: 8000);
        SimulatedModule broken = bench.Add(faults: new ModuleFaults { CutConnections = 100 });
        SimulatedModule worn = bench.Add(faults: new ModuleFaults { FlippedBits = 100 });
        bench.Add(faults: new ModuleFaults { CutConnections = 2 });
        bench.Add(faults: new ModuleFaults { LastWordsLost = 1 });
        bench.Add(faults: new ModuleFaults { MissingConnections = 1, PieceBytes = 700 });
        await bench.SettleAsync();
        IReadOnlyList<ModuleState> states = await bench.DeployAsync(bench.Release("1.1.0"));
        Assert.All(states.Take(4), static state => Assert.Equal(ModuleStatus.Failed, state.Status));
        Assert.All(states.Skip(4), static state => Assert.Equal(ModuleStatus.Done, state.Status));
        Assert.Contains("did not answer", states[0].Error, StringComparison.Ordinal);
        Assert.Contains("too large", states[1].Error, StringComparison.Ordinal);
        Assert.Contains("broke after", states[2].Error, StringComparison.Ordinal);
        Assert.Contains("MD5 Check Failed", states[3].Error, StringComparison.Ordinal);
        Assert.All([away, small, broken, worn], static module => Assert.Equal("1.0.0", module.Version));
        Assert.All(states.Take(4), static state => Assert.Equal("1.0.0", state.After));

        // A further try reaches those alone that are not done.
        int[] updates = [.. bench.Place.Modules.Select(static module => module.Updates)];
        away.Faults.DatagramsLost = 0;
        states = await bench.DeployAsync(bench.Release("1.1.0"), [.. states.Where(static state => state.IsDone)]);
        Assert.Equal(ModuleStatus.Done, states[0].Status);
        Assert.Equal(3, states.Count(static state => state.Status == ModuleStatus.Failed));
        Assert.Equal(updates[4..], bench.Place.Modules.Skip(4).Select(static module => module.Updates));
    }

    [MosquittoFact]
    public async Task An_agent_that_stops_leaves_nothing_half_done_and_goes_on_later()
    {
        await using ModuleBench bench = await ModuleBench.CreateAsync();
        for (int index = 0; index < 4; index++)
        {
            bench.Add();
        }

        await bench.SettleAsync();
        bench.Options.Parallel = 1;
        using CancellationTokenSource stop = new();
        bench.Reported = state =>
        {
            if (state is { Status: ModuleStatus.Pushing, Percent: > 0 })
            {
                stop.Cancel();
            }
        };
        string release = bench.Release("1.1.0");
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => bench.DeployAsync(release, stop: stop.Token));
        ModuleState[] done = [.. bench.Reports.Where(static state => state.IsDone)];
        Assert.Equal(bench.Place.Modules[0].Hostname, Assert.Single(done).Hostname);
        Assert.Equal(1, bench.Place.Modules.Count(static module => module.Invitations > 0));

        bench.Reported = null;
        IReadOnlyList<ModuleState> states = await bench.DeployAsync(release, done);
        Assert.All(states, static state => Assert.Equal(ModuleStatus.Done, state.Status));
        Assert.All(bench.Place.Modules, static module => Assert.Equal(1, module.Updates));
    }

    [MosquittoFact]
    public async Task Progress_is_told_at_most_once_a_second_and_module()
    {
        await using ModuleBench bench = await ModuleBench.CreateAsync();
        bench.Add(flash: new FlashModel(0, 0, 450));
        await bench.SettleAsync();
        List<(DateTimeOffset At, ModuleState State)> told = [];
        bench.Reported = state => told.Add((bench.Time.GetUtcNow(), state));
        await bench.DeployAsync(bench.Release("1.1.0"));
        (DateTimeOffset At, ModuleState State)[] percents =
            [.. told.Where(static one => one.State is { Status: ModuleStatus.Pushing, Percent: > 0 })];
        Assert.InRange(percents.Length, 4, 8);
        Assert.All(percents.Zip(percents.Skip(1)), static pair => Assert.True(pair.Second.At - pair.First.At >= TimeSpan.FromSeconds(1)));
        Assert.True(told.Count <= percents.Length + 8, $"{told.Count} reports");
    }

    [Fact]
    public async Task Without_a_broker_the_modules_own_word_is_all_there_is()
    {
        await using ModuleBench bench = await ModuleBench.CreateAsync(hasBroker: false);
        bench.Add();
        bench.Add(faults: new ModuleFaults { LastWordsLost = 3 });
        await bench.SettleAsync();
        IReadOnlyList<ModuleState> states = await bench.DeployAsync(bench.Release("1.1.0"));
        Assert.Equal([ModuleStatus.Done, ModuleStatus.Failed], states.Select(static state => state.Status));
        Assert.Null(states[0].Before);
        Assert.Contains("modules.mqtt", states[1].Error, StringComparison.Ordinal);
    }

    [MosquittoFact]
    public async Task Modules_are_told_over_HTTP_where_that_is_set()
    {
        await using ModuleBench bench = await ModuleBench.CreateAsync();
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        await using WebApplication web = builder.Build();
        web.MapPost("/ota/{hostname}", (string hostname) =>
        {
            bench.Place.Modules.First(module => module.Hostname == hostname).Tell();
            return Results.Ok();
        });
        await web.StartAsync();
        using (HttpClient warm = new())
        {
            // The first request takes long, while the modules' clock goes on.
            using HttpResponseMessage unknown = await warm.PostAsync(web.Urls.First() + "/nothing", null);
        }

        bench.Options.Trigger = TriggerKind.Http;
        bench.Options.TriggerUrl = web.Urls.First() + "/ota/{hostname}";
        bench.Add();
        await bench.SettleAsync();
        Assert.Equal(ModuleStatus.Done, Assert.Single(await bench.DeployAsync(bench.Release("1.1.0"))).Status);
        Assert.Empty(bench.Place.CanMessages);

        // Who answers with an error is tried all the same, and the error is told with what comes of it.
        bench.Options.TriggerUrl = web.Urls.First() + "/nothing/{hostname}";
        ModuleState failed = Assert.Single(await bench.DeployAsync(bench.Release("1.2.0")));
        Assert.Equal(ModuleStatus.Failed, failed.Status);
        Assert.Contains("404", failed.Error, StringComparison.Ordinal);
    }

    [MosquittoFact]
    public async Task A_name_that_nobody_knows_is_said_with_what_to_do()
    {
        await using ModuleBench bench = await ModuleBench.CreateAsync();
        bench.Add();
        await bench.SettleAsync();
        bench.Names = new Nobody();
        ModuleState failed = Assert.Single(await bench.DeployAsync(bench.Release("1.1.0")));
        Assert.Equal(ModuleStatus.Failed, failed.Status);
        Assert.Contains("set by hand", failed.Error, StringComparison.Ordinal);
    }

    [MosquittoFact]
    public async Task Settings_and_lists_of_versions_that_are_wrong_end_the_deployment_before_it_begins()
    {
        await using ModuleBench bench = await ModuleBench.CreateAsync();
        SimulatedModule module = bench.Add();
        await bench.SettleAsync();
        string release = bench.Release("bad", """{"wired":[]}""");
        await Assert.ThrowsAnyAsync<FormatException>(() => bench.DeployAsync(release));
        bench.Options.Parallel = 0;
        await Assert.ThrowsAsync<ArgumentException>(() => bench.DeployAsync(bench.Release("1.1.0")));
        Assert.Equal(0, module.Invitations);
    }

    private sealed class Nobody : INameResolver
    {
        public Task<System.Net.IPAddress?> ResolveAsync(ModuleEntry module, CancellationToken cancel) =>
            Task.FromResult<System.Net.IPAddress?>(null);

        public void Forget(ModuleEntry module)
        {
        }
    }
}
