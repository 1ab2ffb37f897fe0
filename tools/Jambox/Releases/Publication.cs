using System.Globalization;
using JamBox.Bench.CommandLine;
using JamBox.Bench.Images;
using JamBox.Bench.Server;
using JamBox.Ota.Images;
using JamBox.Ota.Signing;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace JamBox.Bench.Releases;

/// <summary>Brings one release to the server: what is there already is not done again.</summary>
/// <param name="terminal">The world around.</param>
/// <param name="client">The server.</param>
/// <param name="manifest">The release, signed.</param>
/// <param name="image">Its image.</param>
internal sealed class Publication(BenchTerminal terminal, BackendClient client, ReleaseManifest manifest, DeploymentImage image)
{
    /// <summary>
    /// A sequence that goes further than this beyond the newest one is a slip of the finger until somebody says otherwise.
    /// </summary>
    private const int MaxJump = 1000;

    private static readonly TimeSpan s_lookAgain = TimeSpan.FromSeconds(1);

    /// <summary>What is new.</summary>
    public string? Notes { get; init; }

    /// <summary>The public half of the key that it is signed with, 128 hex digits.</summary>
    public required string PublicKey { get; init; }

    /// <summary>Whether a sequence far above the newest one is meant.</summary>
    public bool TakesJump { get; init; }

    /// <summary>Whether a manifest that is there is replaced.</summary>
    public bool SignAgain { get; init; }

    /// <summary>Whether to wait for the patches.</summary>
    public bool Wait { get; init; }

    /// <summary>Whether the result is JSON, and nothing else is written.</summary>
    public bool IsJson { get; init; }

    /// <summary>Does it.</summary>
    /// <param name="stop">Ends it.</param>
    /// <returns>The exit code.</returns>
    public async Task<int> RunAsync(CancellationToken stop)
    {
        BuildRow? there = await FindAsync(stop).ConfigureAwait(false);
        await CheckFleetAsync(stop).ConfigureAwait(false);
        bool isComplete = there is not null && await HasNoFailedPatchAsync(there.Id, stop).ConfigureAwait(false);

        // The same upload again makes the server try once more what failed.
        BuildRow row = isComplete ? there! : await UploadAsync(stop).ConfigureAwait(false);
        if (isComplete)
        {
            Say($"{row.Version} is on the server already (release {row.Id}): nothing to upload");
        }

        if (row.IsSigned && !SignAgain)
        {
            Say("its signed manifest is there already");
        }
        else
        {
            await client.PutManifestAsync(row.Id, manifest, stop).ConfigureAwait(false);
            Say("signed manifest put");
        }

        row = Wait
            ? await WaitForPatchesAsync(row.Id, stop).ConfigureAwait(false)
            : await client.GetFirmwareAsync(row.Id, stop).ConfigureAwait(false);
        return Report(row);
    }

    private async Task<BuildRow?> FindAsync(CancellationToken stop)
    {
        List<BuildRow> rows = await client.ListFirmwareAsync(manifest.HardwareId, stop).ConfigureAwait(false);
        string sha256 = Convert.ToHexStringLower(manifest.ImageSha256);
        BuildRow? same = rows.Find(row => row.Version == manifest.Version || row.Seq == manifest.Sequence);
        if (same is not null && (same.Version != manifest.Version || same.Seq != manifest.Sequence || same.Sha256 != sha256))
        {
            throw new BenchException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"the server has {same.Version} (sequence {same.Seq}) for {same.Hw} with {(same.Sha256 == sha256 ? "this image" : "another image")}: a version and a sequence are given once; raise both, in FirmwareVersion and here"),
                ExitCode.Refused);
        }

        if (same is null && rows.MaxBy(row => row.Seq) is { } newest && newest.Seq > manifest.Sequence)
        {
            terminal.Warn(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{newest.Version} has the greater sequence {newest.Seq}: boxes that run it will refuse this release"));
        }

        if (same is null && !TakesJump && rows.MaxBy(row => row.Seq) is { } last && manifest.Sequence - (long)last.Seq > MaxJump)
        {
            terminal.Confirm(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"Sequence {manifest.Sequence} is {manifest.Sequence - (long)last.Seq:N0} above the newest one, {last.Seq} of {last.Version}: a box that has run it never takes a lower one again. Is it right?"),
                "--seq with the right one, or --sequence-jump");
        }

        return same;
    }

    /// <summary>
    /// Before a megabyte is on its way: whether the server would refuse the signature, and which boxes could not take the release.
    /// </summary>
    private async Task CheckFleetAsync(CancellationToken stop)
    {
        string query = BackendClient.Path($"api/ota/preflight?hw={Uri.EscapeDataString(manifest.HardwareId)}&seq={manifest.Sequence}")
            + $"&version={Uri.EscapeDataString(manifest.Version)}&natives={Uri.EscapeDataString(NativeChecksums.Text(image))}";
        PreflightRow preflight = await client.GetAsync<PreflightRow>(query, stop).ConfigureAwait(false);
        if (preflight.PublicKeys is { } expected && !expected.Contains(PublicKey, StringComparer.OrdinalIgnoreCase))
        {
            string trusted = string.Join(", ", expected.Select(static key => key[..16] + "…").DefaultIfEmpty("none"));
            throw new BenchException(
                $"this key is none that {client.Address} trusts, by Ota:PublicKey or 'release key rotate' ({trusted}; yours is {PublicKey[..16]}…): sign with the right one. Nothing was uploaded",
                ExitCode.Refused);
        }

        foreach (string warning in preflight.Warnings)
        {
            terminal.Warn(warning);
        }
    }

    private async Task<bool> HasNoFailedPatchAsync(long id, CancellationToken stop) =>
        (await client.GetFirmwareAsync(id, stop).ConfigureAwait(false)).Patches?.All(static patch => patch.State != "failed") != false;

    private async Task<BuildRow> UploadAsync(CancellationToken stop)
    {
        if (IsJson)
        {
            return await client.UploadAsync(manifest, image.Bytes, Notes, new Sent(static _ => { }), stop).ConfigureAwait(false);
        }

        var view = new LiveView(terminal);
        BuildRow row = await view.RunAsync(() =>
        {
            var sent =
                new Sent(
                    bytes => view.Show(
                        () => new Markup($"upload  {Bar.Markup((double)bytes / image.Bytes.Length, "green", view.IsUnicode)}"), []));
            return client.UploadAsync(manifest, image.Bytes, Notes, sent, stop);
        }).ConfigureAwait(false);
        Say(string.Create(CultureInfo.InvariantCulture, $"{row.Version} uploaded, {image.Bytes.Length:N0} bytes (release {row.Id})"));
        return row;
    }

    private async Task<BuildRow> WaitForPatchesAsync(long id, CancellationToken stop)
    {
        var view = new LiveView(terminal);
        return await view.RunAsync(async () =>
        {
            while (true)
            {
                BuildRow row = await client.GetFirmwareAsync(id, stop).ConfigureAwait(false);
                PatchRow[] patches = row.Patches ?? [];
                if (!IsJson)
                {
                    view.Show(
                        () => Drawing(patches, view.IsUnicode),
                        patches.Where(static patch => patch.State != "waiting").Select(
                            static patch => (patch.Id.ToString(CultureInfo.InvariantCulture), Line(patch))));
                }

                if (Array.TrueForAll(patches, static patch => patch.IsEnded))
                {
                    return row;
                }

                await terminal.Pause(s_lookAgain, stop).ConfigureAwait(false);
            }
        }).ConfigureAwait(false);
    }

    private int Report(BuildRow row)
    {
        PatchRow[] patches = row.Patches ?? [];
        int failed = patches.Count(static patch => patch.State == "failed");
        if (IsJson)
        {
            terminal.Json(new
            {
                id = row.Id, version = row.Version, seq = row.Seq, hw = row.Hw, sha256 = row.Sha256, is_signed = row.IsSigned,
                patches = patches.Select(static p => new
                {
                    id = p.Id, @base = p.Base, profile = p.Profile, state = p.State, size = p.Size, chunks = p.Chunks, error = p.Error,
                }),
            });
        }

        if (failed > 0)
        {
            throw new BenchException(
                $"{failed} of {patches.Length} patches could not be made: boxes that need them load the full image, or wait "
                + $"('release status {row.Version}' says why; publishing again tries again)", ExitCode.Refused);
        }

        Say($"published. Next: jambox release rollout create {row.Version} --canary … --start");
        return ExitCode.Done;
    }

    private void Say(string text)
    {
        if (!IsJson)
        {
            terminal.Line(text);
        }
    }

    private static string Line(PatchRow patch) => patch.State switch
    {
        "ready" => string.Create(CultureInfo.InvariantCulture, $"{patch.Text}: {patch.Size:N0} bytes, {patch.Chunks} chunks"),
        "useless" => $"{patch.Text}: not smaller than the full image, which boxes get instead",
        "failed" => $"{patch.Text}: failed: {patch.Error}",
        _ => $"{patch.Text}: being made",
    };

    private static Rows Drawing(PatchRow[] patches, bool isUnicode) => new(patches.Select(patch => (IRenderable)new Markup(
        patch.IsEnded
            ? Markup.Escape(Line(patch))
            : $"{Markup.Escape(patch.Text)}  {Bar.Markup((patch.Percent ?? 0) / 100, "green", isUnicode)}")));

    private sealed class Sent(Action<long> show) : IProgress<long>
    {
        public void Report(long value) => show(value);
    }
}
