using System.Text.RegularExpressions;

namespace JamBox.Docs.Tests;

/// <summary>
/// Lines of code are at most 140 columns, so that two files stand side by side on a screen. A line that holds one text and nothing else may
/// be longer: a message or a request byte for byte is better read in one piece.
/// </summary>
public sealed partial class LineLengthTests
{
    private const int MaxColumns = 140;

    /// <summary>Beginnings of paths of files that are checked.</summary>
    private static readonly string[] s_checked =
    [
        "Backend.Minimal/", "Backend.Tests/", "tools/ChipTwin/", "tools/ChipTwin.Tests/", "tools/JamBox.Flashing/",
        "tools/JamBox.Flashing.Tests/", "tools/JamBox.Ota/Nvs/", "tools/JamBox.Ota.Tests/Nvs/", "tools/Jambox/", "tools/Jambox.Tests/",
        "tools/EdgeAgent/", "tools/EdgeAgent.Tests/",
    ];

    /// <summary>Beginnings of paths that have not been brought into line yet. Only ever shorter.</summary>
    private static readonly string[] s_notYet =
    [
        "Backend.Minimal/Builds/BuildEndpoints.cs",
        "Backend.Minimal/Devices/DeviceAdminEndpoints.cs",
        "Backend.Minimal/Devices/DeviceColumns.cs",
        "Backend.Minimal/Devices/DeviceSql.cs",
        "Backend.Minimal/OldFleet/PredecessorFile.cs",
        "Backend.Minimal/Operation/OpenApiDocuments.cs",
        "Backend.Minimal/Operation/ServiceDefaults.cs",
        "Backend.Minimal/People/PeoplePages.cs",
        "Backend.Minimal/People/Sessions.cs",
        "Backend.Minimal/People/Totp.cs",
        "Backend.Minimal/People/UserContracts.cs",
        "Backend.Minimal/People/UserSql.cs",
        "Backend.Minimal/Places/ActivationEndpoints.cs",
        "Backend.Minimal/Places/PlaceEndpoints.cs",
        "Backend.Minimal/Places/PlaceSql.cs",
        "Backend.Minimal/Places/PlacementEndpoints.cs",
        "Backend.Minimal/Readings/CsvExport.cs",
        "Backend.Minimal/Rollouts/Preflight.cs",
        "Backend.Minimal/Rollouts/RolloutBoxSql.cs",
        "Backend.Minimal/Rollouts/RolloutEndpoints.cs",
        "Backend.Minimal/Rollouts/RolloutNotes.cs",
        "Backend.Minimal/Rollouts/RolloutRequest.cs",
        "Backend.Minimal/Security/GrantSql.cs",
        "Backend.Minimal/Storage/StorageTarget.cs",
        "Backend.Minimal/Traffic/TrafficSql.cs",
        "Backend.Tests/Faults/DeviceFaultTests.cs",
        "Backend.Tests/Faults/PortalFaultTests.cs",
        "Backend.Tests/Faults/ServerFaultTests.cs",
        "Backend.Tests/Hosting/PostgresServer.cs",
        "Backend.Tests/Insights/ExactnessTests.cs",
        "Backend.Tests/OldFleet/ImportTests.cs",
        "Backend.Tests/OldFleet/OldFleetTests.cs",
        "Backend.Tests/OldFleet/PredecessorSchema.cs",
        "Backend.Tests/OldFleet/ReplayTests.cs",
        "Backend.Tests/Operation/MaintenanceTests.cs",
        "Backend.Tests/Operation/OpenApiTests.cs",
        "Backend.Tests/Operation/RetentionTests.cs",
        "Backend.Tests/Operation/StartTests.cs",
        "Backend.Tests/People/LinkTests.cs",
        "Backend.Tests/People/SignInTests.cs",
        "Backend.Tests/People/TotpTests.cs",
        "Backend.Tests/People/UserTests.cs",
        "Backend.Tests/Places/ActivationTests.cs",
        "Backend.Tests/Places/OpeningHoursTests.cs",
        "Backend.Tests/Places/PlaceMigrationTests.cs",
        "Backend.Tests/Places/PlaceTest.cs",
        "Backend.Tests/Places/PlaceTests.cs",
        "Backend.Tests/Places/PlacementTests.cs",
        "Backend.Tests/Readings/ReadingFieldTests.cs",
        "Backend.Tests/Rollouts/BoxJudgeTests.cs",
        "Backend.Tests/Rollouts/Fleet.cs",
        "Backend.Tests/Rollouts/RolloutAccessTests.cs",
        "Backend.Tests/Rollouts/RolloutRequestTests.cs",
        "Backend.Tests/Rollouts/RolloutTests.cs",
        "Backend.Tests/Rollouts/RolloutTruthTests.cs",
        "Backend.Tests/Rollouts/RolloutWorld.cs",
        "Backend.Tests/Security/ApiKeyTests.cs",
        "Backend.Tests/Security/ScopeTests.cs",
        "Backend.Tests/Storage/StoreTests.cs",
        "Backend.Tests/Updates/UpdateRolloutTests.cs",
        "Backend.Tests/Wire/ApiDeclarationTests.cs",
        "Backend.Tests/Wire/DeviceFuzzTests.cs",
        "tools/Jambox.Tests/Rollouts/RolloutTests.cs",
        "tools/Jambox/Releases/InspectCommand.cs",
        "tools/Jambox/Rollouts/CreateCommand.cs",
        "tools/Jambox/Rollouts/RolloutDrawing.cs",
        "tools/Jambox/Rollouts/RolloutText.cs",
        "tools/Jambox/Server/PreflightRow.cs",
    ];

    [Fact]
    public void Lines_are_at_most_140_columns()
    {
        List<string> tooLong = [];
        foreach (string file in Checked().Where(static file => !s_notYet.Any(start => file.StartsWith(start, StringComparison.Ordinal))))
        {
            tooLong.AddRange(TooLong(Repository.Read(file)).Select(number => $"{file}:{number}"));
        }

        Assert.True(tooLong.Count == 0, string.Join(Environment.NewLine, tooLong));
    }

    [Fact]
    public void A_long_line_is_found_and_a_long_text_is_not()
    {
        string text = new('x', MaxColumns);
        Assert.Equal([2], TooLong($"short\nint {text} = 1;\n"));
        Assert.Empty(TooLong($"    \"{text}\",\n    + $\"{text}\");\n    $$\"\"\"{text}\"\"\",\n"));
        Assert.NotEmpty(TooLong($"Say(\"{text}\");"));
        Assert.NotEmpty(TooLong($"\"{text}\", other, \"more\""));
    }

    private static IEnumerable<string> Checked() => Repository.Files.Where(static file =>
        file.EndsWith(".cs", StringComparison.Ordinal) && s_checked.Any(start => file.StartsWith(start, StringComparison.Ordinal)));

    private static IEnumerable<int> TooLong(string text) =>
        text.Split('\n').Index()
            .Where(static line => line.Item.TrimEnd('\r').Length > MaxColumns && !TextAlone().IsMatch(line.Item.Trim()))
            .Select(static line => line.Index + 1);

    /// <summary>One text, with what stands before and behind it in a list of arguments.</summary>
    [GeneratedRegex("""^([:?+] |=> |\()?[$@]*(?<q>"+)((?!\k<q>\s*[,+] ).)*\k<q>[\])};,]*$""", RegexOptions.ExplicitCapture)]
    private static partial Regex TextAlone();
}
