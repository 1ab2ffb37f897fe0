using JamBox.Backend.Tests.Hosting;

using Xunit.Abstractions;

namespace JamBox.Backend.Tests.Rollouts;

/// <summary>
/// Operators, boxes and time do what they like, in any order; after each step the rules hold (<see cref="RolloutWorld"/>). Seeds are
/// fixed; JAMBOX_ROLLOUT_SEED replays one, JAMBOX_ROLLOUT_SEEDS tries more, JAMBOX_ROLLOUT_STEPS makes them longer. On PostgreSQL there
/// are fewer: the rules are the same, and every look costs a round trip.
/// </summary>
public abstract class RolloutModelTests(BackendHost shared, ITestOutputHelper output) : HostedTest(shared)
{
    [Fact]
    public async Task WhateverHappensTheRulesHold()
    {
        int steps = Number("JAMBOX_ROLLOUT_STEPS", 160);
        int first = Number("JAMBOX_ROLLOUT_SEED", 1);
        int count = Environment.GetEnvironmentVariable("JAMBOX_ROLLOUT_SEED") is null
            ? Number("JAMBOX_ROLLOUT_SEEDS", Host.Storage == TestStorage.Sqlite ? 6 : 2)
            : 1;
        Dictionary<string, int> seen = [];
        for (int seed = first; seed < first + count; seed++)
        {
            RolloutWorld world = new(Host, seed);
            await world.PrepareAsync();
            for (int step = 0; step < steps; step++)
            {
                try
                {
                    await world.StepAsync();
                }
                catch (Exception e)
                {
                    output.WriteLine(string.Join('\n', world.Diary.TakeLast(40)));
                    throw new InvalidOperationException(
                        $"Seed {seed}, step {step}, after: {world.Diary[^1]}. Again with: JAMBOX_ROLLOUT_SEED={seed} JAMBOX_ROLLOUT_STEPS={steps} "
                        + $"dotnet test Backend.Tests --filter {GetType().Name}", e);
                }
            }

            await world.FinishAsync();
            world.Count(seen);
        }

        output.WriteLine(string.Join(", ", seen.OrderBy(static pair => pair.Key).Select(static pair => $"{pair.Key} {pair.Value}")));
        Assert.True(
            count < 6 || steps < 160 || Wanted.All(seen.ContainsKey),
            "The worlds did not come to: " + string.Join(", ", Wanted.Where(word => !seen.ContainsKey(word))));
    }

    /// <summary>What the fixed seeds must come by, or the test shows nothing.</summary>
    private static string[] Wanted =>
        ["done", "aborted", "stopped", "offered", "excluded", "not_in_rollout", "paused", "outside_window", "up_to_date",
            "advanced by itself", "superseded",
            "went on with proof", "box silent", "box unhealthy", "box confirmed"];

    private static int Number(string name, int otherwise) => int.Parse(Environment.GetEnvironmentVariable(name) ?? $"{otherwise}");
}
