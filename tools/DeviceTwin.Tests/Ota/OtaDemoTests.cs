using JamBox.Twin.Ota.Demo;
using Microsoft.Data.Sqlite;
using Spectre.Console;

namespace JamBox.Twin.Tests.Ota;

/// <summary>The demonstration of an update, with few boxes and small images.</summary>
public sealed class OtaDemoTests : IDisposable
{
    // Small images, much of which is new: the patch then has chunks enough for power to fail between them.
    private const int ImageBytes = 48 * 1024;
    private const double Churn = 12;

    private readonly string _folder = Directory.CreateTempSubdirectory("jambox-ota-test").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>Everything is as expected, said in this order, and the same seed says the same again, word for word.</summary>
    [Fact]
    public async Task TheSameSeedTellsTheSameStory()
    {
        var options = new DemoOptions { Seed = 11, Boxes = 7, ImageBytes = ImageBytes, Churn = Churn };
        (DemoResult result, string story) = await RunAsync("a", options);
        Assert.True(result.Problems.Count == 0, story);
        int at = 0;
        foreach (string part in new[]
        {
            "7 boxes", "Release: 6.1.0", "Patch: from 6.0.0", "Canary: JBNB0001, JBNB0002, JBNB0003", "Canary is through",
            "roll-out is done: 6 of 7", "rolled_back (trial_boots)", "Everything is as expected.",
        })
        {
            int next = story.IndexOf(part, at, StringComparison.Ordinal);
            Assert.True(next >= 0, $"'{part}' is not where it should be in:\n{story}");
            at = next;
        }

        (_, string again) = await RunAsync("b", options);
        Assert.Equal(story, again);
        (_, string other) = await RunAsync("c", options with { Seed = 12 });
        Assert.NotEqual(story, other);
    }

    /// <summary>The two special boxes: what happened to them is what was to happen.</summary>
    [Fact]
    public async Task TheSpecialBoxesEndAsTheyShould()
    {
        (DemoResult result, string story) = await RunAsync("d", new DemoOptions
        {
            Seed = 5,
            Boxes = DemoOptions.FewestBoxes,
            ImageBytes = ImageBytes,
            Churn = Churn,
        });
        Assert.True(result.Problems.Count == 0, story);
        DemoBox supply = Assert.Single(result.Boxes, box => box.Role == DemoRole.BadSupply);
        Assert.Equal(10, supply.Supply!.Losses.Values.Sum());
        Assert.Equal(("success", 3, "6.1.0"), (supply.Meter.Status, supply.TrialBoots, supply.Device.Firmware!.Version));
        DemoBox hanging = Assert.Single(result.Boxes, box => box.Role == DemoRole.BadImage);
        Assert.Equal(
            ("rolled_back", "trial_boots", 3, "6.0.0"),
            (hanging.Meter.Status, hanging.Meter.Why, hanging.TrialBoots, hanging.Device.Firmware!.Version));
        Assert.Equal("excluded", hanging.Meter.Refusal);
        Assert.All(
            result.Boxes.Where(box => box.Role == DemoRole.Usual), box => Assert.Equal((1, "success"), (box.TrialBoots, box.Meter.Status)));
        Assert.All(result.Boxes, box => Assert.InRange(box.Meter.Bytes, result.PatchBytes, 4 * (result.PatchBytes + 4_096)));
    }

    /// <summary>A reading that is missing from the database, and a standing that is another one, are seen.</summary>
    [Fact]
    public async Task WhatIsWrongIsSeen()
    {
        var options = new DemoOptions { Seed = 6, Boxes = DemoOptions.FewestBoxes, ImageBytes = ImageBytes, Churn = Churn, Ended = Spoil };
        (DemoResult result, string story) = await RunAsync("e", options);
        Assert.Contains(
            result.Problems,
            problem => problem.StartsWith("JBNB0002", StringComparison.Ordinal) && problem.Contains(
                "not stored", StringComparison.Ordinal));
        Assert.Contains(
            result.Problems,
            problem => problem.StartsWith("JBNB0005", StringComparison.Ordinal) && problem.Contains("no_send", StringComparison.Ordinal));
        Assert.Contains("NOT AS EXPECTED", story, StringComparison.Ordinal);
    }

    private static void Spoil(string database)
    {
        using var connection = new SqliteConnection(
            new SqliteConnectionStringBuilder { DataSource = database, Pooling = false }.ToString());
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = """
            DELETE FROM readings WHERE id = (SELECT MAX(id) FROM readings WHERE device_key = (SELECT id FROM devices WHERE device_id = 'JBNB0002'));
            UPDATE ota_attempts SET why = 'no_send' WHERE device_id = 'JBNB0005';
            """;
        Assert.True(command.ExecuteNonQuery() > 1);
    }

    private async Task<(DemoResult Result, string Story)> RunAsync(string name, DemoOptions options)
    {
        var story = new StringWriter { NewLine = "\n" };
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.No, ColorSystem = ColorSystemSupport.NoColors, Interactive = InteractionSupport.No,
            Out = new AnsiConsoleOutput(story),
        });
        console.Profile.Width = 120;
        using var demo = new OtaDemo(options with { Keep = Path.Combine(_folder, name) }, console, isLive: false);
        DemoResult result = await demo.RunAsync(CancellationToken.None);
        return (result, story.ToString());
    }
}
