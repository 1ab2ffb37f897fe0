using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using JamBox.Bench.CommandLine;
using JamBox.Bench.Releases;
using JamBox.Bench.Server;
using JamBox.Deployments;

namespace JamBox.Bench.Deployments;

/// <summary><c>deployment publish</c>.</summary>
internal static class PublishCommand
{
    /// <summary>Makes the command.</summary>
    /// <param name="terminal">The world around.</param>
    /// <returns>The command.</returns>
    public static Command Create(BenchTerminal terminal)
    {
        Argument<string> path = LocalPackage.Argument();
        Option<string?> server = ServerOptions.Server();
        var version = new Option<string?>("--version")
        {
            Description = "Version of a package that does not say it itself, as those of the old system.", HelpName = "1.2.3",
        };
        var targets = new Option<string>("--targets")
        {
            Description =
                "Where it goes: all (default), none (only stored), gateways=ID,ID, places=7,8, or JSON as the API takes it.",
            DefaultValueFactory = static _ => "all",
            HelpName = "all",
        };
        var stages = new Option<string?>("--stages")
        {
            Description = "By stages, per cent of the gateways, the last one 100.", HelpName = "10,50,100",
        };
        var wait = new Option<int?>("--wait-minutes") { Description = "Minutes between stages.", HelpName = "60" };
        var failures = new Option<int?>("--max-failures") { Description = "Failures that are borne; one more stops it.", HelpName = "1" };
        var again = new Option<bool>("--again") { Description = "Tell gateways once more of a package that was published already." };
        Option<bool> json = ReleaseOptions.Json();
        var command = new BenchCommand(
            "publish",
            "Bring a package to the server and tell gateways of it. Running it again does what is left to do: what is there is not uploaded twice.",
            "jambox deployment publish package.zip --targets all --stages 10,50,100 --server https://jambox.example")
        {
            path, version, targets, stages, wait, failures, again, server, json,
        };
        command.SetAction(async (parsed, stop) =>
        {
            JsonNode wanted = Targets(
                parsed.GetRequiredValue(targets), parsed.GetValue(stages), parsed.GetValue(wait), parsed.GetValue(failures));
            string name = parsed.GetRequiredValue(path);
            bool isJson = parsed.GetValue(json);
            await using FileStream file = LocalPackage.Open(name);
            LocalPackage package = await LocalPackage.ReadAsync(terminal, name, file, isJson, stop).ConfigureAwait(false);
            string said = VersionOf(package.Contents, parsed.GetValue(version), name);
            if (package.Contents.Signature is null)
            {
                terminal.Warn($"{name} is not signed: our agents refuse it, unless their own file allows it ('deployment pack' signs)");
            }

            using BackendClient client = ServerOptions.Connect(terminal, parsed.GetValue(server));
            DeploymentRow row = await BringAsync(
                terminal, client, new Order(name, file, package, said, wanted, parsed.GetValue(again), isJson), stop).ConfigureAwait(false);
            return Report(terminal, row, isJson);
        });
        return command;
    }

    private static async Task<DeploymentRow> BringAsync(BenchTerminal terminal, BackendClient client, Order order, CancellationToken stop)
    {
        DeploymentRow[] newest = await client.GetAsync<DeploymentRow[]>("api/deployments?limit=1000", stop).ConfigureAwait(false);
        DeploymentRow? there = Array.Find(newest, row => row.HasFile && row.Sha256 == order.Package.Sha256 && row.Version == order.Version);
        if (there is null)
        {
            order.File.Position = 0;
            return await LongWork.RunAsync(
                terminal, "upload", order.IsJson, order.Package.Size,
                progress => client.UploadPackageAsync(order.Name, order.File, order.Version, order.Targets.ToJsonString(), progress, stop))
                .ConfigureAwait(false);
        }

        if (!order.IsJson)
        {
            terminal.Line($"{there.Version} is on the server already ({there.Id}): nothing to upload");
        }

        bool isWanted = order.Targets.GetValueKind() != JsonValueKind.String;
        if (!isWanted || (there.Published && !order.Again))
        {
            if (isWanted && !order.IsJson)
            {
                terminal.Line("it was published already: --again tells gateways once more");
            }

            return there;
        }

        await client.PostJsonAsync(
            $"api/deployments/{there.Id}/publish", new JsonObject { ["targets"] = order.Targets.DeepClone() }, stop).ConfigureAwait(false);
        return there with { Published = true };
    }

    private static int Report(BenchTerminal terminal, DeploymentRow row, bool isJson)
    {
        if (isJson)
        {
            terminal.Json(new
            {
                id = row.Id, version = row.Version, size = row.Size, sha256 = row.Sha256, signed = row.Signed, key_id = row.KeyId,
                published = row.Published, error = row.PublishError,
            });
        }

        if (row.PublishError is { } error)
        {
            throw new BenchException(
                $"{row.Version} is stored as {row.Id}, but no gateway was told: {error.TrimEnd('.')}. Publish again with other --targets",
                ExitCode.Refused);
        }

        if (row.Signed == "other")
        {
            terminal.Warn($"the server does not know the key {row.KeyId} that signed it: gateways must (trustedKeys of their agents)");
        }

        if (!isJson)
        {
            terminal.Line(
                $"{row.Version} {(row.Published ? "published" : "stored, not published")} as {row.Id}: see /deployments/{row.Id} on the "
                + "server");
        }

        return ExitCode.Done;
    }

    private static string VersionOf(PackageContents contents, string? said, string name)
    {
        string? own = contents.Manifest?.Version;
        return own is not null && said is not null && own != said
            ? throw new BenchException($"--version {said}: {name} says that it is {own}", ExitCode.BadInput)
            : (own ?? said) is { } version && PackageVersion.IsValid(version) ? version
            : throw new BenchException(
                said is null
                    ? $"--version is needed: {name} does not say its own"
                    : $"--version {said}: {PackageVersion.Rule}",
                ExitCode.BadInput);
    }

    /// <summary>Makes of short words what the API takes; what they name the server knows.</summary>
    private static JsonNode Targets(string text, string? stages, int? wait, int? failures)
    {
        JsonNode node = text switch
        {
            "all" => new JsonObject { ["all"] = true },
            "none" => JsonValue.Create("none"),
            _ when text.StartsWith("gateways=", StringComparison.Ordinal) => new JsonObject
            {
                ["gateways"] = new JsonArray([.. text["gateways=".Length..].Split(',').Select(static id => JsonValue.Create(id))]),
            },
            _ when text.StartsWith("places=", StringComparison.Ordinal) => new JsonObject
            {
                ["places"] = new JsonArray(
                    [.. Numbers("--targets", text, text["places=".Length..]).Select(static id => JsonValue.Create(id))]),
            },
            _ => Parse(text),
        };
        if (stages is null && wait is null && failures is null)
        {
            return node;
        }

        if (node is not JsonObject targets)
        {
            throw new BenchException("--targets none: nothing is told, so that there are no stages", ExitCode.BadInput);
        }

        if (stages is not null)
        {
            targets["stages"] = new JsonArray(
                [.. Numbers("--stages", stages, stages).Select(static percent => new JsonObject { ["percent"] = percent })]);
        }

        if (wait is { } minutes)
        {
            targets["waitMinutes"] = minutes;
        }

        if (failures is { } most)
        {
            targets["maxFailures"] = most;
        }

        return targets;
    }

    private static JsonObject Parse(string text)
    {
        try
        {
            return JsonNode.Parse(text) as JsonObject ?? throw new JsonException();
        }
        catch (JsonException)
        {
            throw new BenchException(
                $"--targets {text}: must be all, none, gateways=ID,ID, places=7,8, or JSON such as {{\"all\":true}}", ExitCode.BadInput);
        }
    }

    private static long[] Numbers(string option, string text, string list) =>
    [
        .. list.Split(',').Select(one => long.TryParse(one, NumberStyles.None, CultureInfo.InvariantCulture, out long number)
            ? number
            : throw new BenchException($"{option} {text}: must be whole numbers with commas between", ExitCode.BadInput)),
    ];

    /// <summary>What is to be brought where.</summary>
    private sealed record Order(
        string Name, FileStream File, LocalPackage Package, string Version, JsonNode Targets, bool Again, bool IsJson);
}
