using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;

using JamBox.Backend.Builds;
using JamBox.Backend.Insights;
using JamBox.Backend.Observability;
using JamBox.Backend.Operation;
using JamBox.Backend.Storage;
using JamBox.Ota.Patching;

namespace JamBox.Backend.Patches;

/// <summary>
/// Makes the patches that wait, one at a time and beside everything else. The queue is the table: a restart goes on where it was, and
/// several processes share the work.
/// </summary>
internal sealed class PatchJob : IJob
{
    /// <summary>Progress is written each time that it has grown by so much, per cent.</summary>
    private const int ProgressStep = 5;

    private readonly Store _store;
    private readonly TimeProvider _clock;
    private readonly BackendMetrics _metrics;
    private readonly ILogger<PatchJob> _logger;

    /// <summary>Names this process in the table.</summary>
    private readonly string _maker = Guid.NewGuid().ToString("N");

    /// <summary>Makes the job.</summary>
    public PatchJob(Store store, TimeProvider clock, BackendMetrics metrics, ILogger<PatchJob> logger)
    {
        _store = store;
        _clock = clock;
        _metrics = metrics;
        _logger = logger;
    }

    /// <inheritdoc/>
    public TimeSpan Period => TimeSpan.FromSeconds(5);

    /// <inheritdoc/>
    public async Task RunAsync(CancellationToken stopping)
    {
        if (!await _store.ReadAsync(Asked(), PatchSql.IsAnyDue).ConfigureAwait(false))
        {
            return;
        }

        while (!stopping.IsCancellationRequested && await _store.WriteAsync(Asked(), PatchSql.Claim).ConfigureAwait(false) is { } patch)
        {
            await MakeAsync(patch, stopping).ConfigureAwait(false);
        }
    }

    private async Task MakeAsync(Patch patch, CancellationToken stopping)
    {
        Build build = (await _store.ReadAsync(patch.FirmwareId, BuildSql.Find).ConfigureAwait(false))!;
        try
        {
            long start = Stopwatch.GetTimestamp();
            (Patch made, byte[]? data) = await LowPriority.RunAsync(() => Make(patch, build, stopping)).ConfigureAwait(false);
            TimeSpan took = Stopwatch.GetElapsedTime(start);
            await FinishAsync(made with { MadeMs = Recorded(took) }, build, data).ConfigureAwait(false);
            _metrics.PatchSeconds.Record(took.TotalSeconds);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            await _store.WriteAsync((patch.Id, _maker), PatchSql.Release).ConfigureAwait(false);
            throw;
        }
        catch (Exception failure) when (failure is StorageException or StorageBusyException)
        {
            // What is half made stays marked as ours: put back, as soon as the storage is there again.
            await _store.WriteAsync((patch.Id, _maker), PatchSql.Release).ConfigureAwait(false);
            throw;
        }
#pragma warning disable CA1031 // One pair of images that cannot be handled must not keep the others from being made.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            _logger.LogError(failure, "Patch {Id} could not be made", patch.Id);
            await FinishAsync(patch with { State = PatchState.Failed, Error = failure.Message }, build, null).ConfigureAwait(false);
        }
    }

    private (Patch Made, byte[]? Data) Make(Patch patch, Build build, CancellationToken stopping)
    {
        byte[] target = _store.Read(build.Id, BuildSql.Image)
            ?? throw new InvalidOperationException("The image was removed: upload it again");
        byte[] start = patch.IsFull
            ? []
            : _store.Read(patch.BaseSha256, BuildSql.ImageOf)
                ?? throw new InvalidOperationException("The image that it starts from was removed: upload it again");
        int? fullSize = patch.IsFull
            ? null
            : _store.Read((build.Id, patch.Profile), static (session, of) => PatchSql.Find(session, of.Id, "", of.Profile))?.Size;
        Progress progress = new(percent => Note(patch, build, percent));
        return PatchCheck.Make(patch, start, target, fullSize, progress, stopping);
    }

    private void Note(Patch patch, Build build, int percent) =>
        _store.WriteAsync((patch, build, percent, _maker, Now()), PatchSql.NoteProgress).GetAwaiter().GetResult();

    private async Task FinishAsync(Patch made, Build build, byte[]? data)
    {
        await _store.WriteAsync((made, build, data, _maker, Now()), PatchSql.Finish).ConfigureAwait(false);
        _metrics.Patches.Add(1, new KeyValuePair<string, object?>("state", made.State));
        _logger.LogInformation(
            "Patch {Id} to {Version} from {Base} ({Profile}): {State}, {Size} bytes {Error}",
            made.Id, build.Version, made.IsFull ? "nothing" : made.BaseVersion, made.Profile, made.State, made.Size, made.Error ?? "");
    }

    /// <summary>A host with a clock of its own gets the same database from the same run, however fast the machine is.</summary>
    private long Recorded(TimeSpan took) => _clock == TimeProvider.System ? (long)took.TotalMilliseconds : 0;

    private (string Maker, bool Alone, long Now) Asked() => (_maker, _store.Target.Path is not null, Now());

    private long Now() => _clock.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Passes steps on, at once and in the thread that works: .NET's own would send them through the pool, in any order.</summary>
    private sealed class Progress(Action<int> note) : IProgress<double>
    {
        private int _last;

        /// <inheritdoc/>
        public void Report(double value)
        {
            int percent = Math.Clamp((int)(value * 100), 0, 99);
            if (percent >= _last + ProgressStep)
            {
                _last = percent;
                note(percent);
            }
        }
    }
}

/// <summary>Makes a patch and sees that it gives the image again before anybody is offered it.</summary>
internal static class PatchCheck
{
    /// <summary>
    /// Chunks that a device's patch partition of 1 MB holds: seven in each sector of 4 KB, whose rest tells which of them are there.
    /// </summary>
    public const int MaxChunks = 1024 / 4 * 7;

    /// <summary>Makes a patch, or finds out that it cannot or need not be.</summary>
    /// <param name="patch">What is wanted.</param>
    /// <param name="start">The base image; empty for the full image.</param>
    /// <param name="target">The image.</param>
    /// <param name="fullSize">Bytes of the full image in the same profile, when it is made.</param>
    /// <param name="progress">From 0 to 1.</param>
    /// <param name="stopping">Stops the work.</param>
    /// <returns>The patch's row as it should be, and its bytes when it is ready.</returns>
    public static (Patch Made, byte[]? Data) Make(
        Patch patch, byte[] start, byte[] target, int? fullSize, IProgress<double> progress, CancellationToken stopping)
    {
        byte[] bytes = PatchMaker.Make(start, target, Enum.Parse<PatchProfile>(patch.Profile), stopping, progress);
        PatchError error = PatchApplier.Apply(start, bytes, DeploymentImage.MaxLength, out byte[] image);
        bool isSame = error == PatchError.None && SHA256.HashData(image).AsSpan().SequenceEqual(SHA256.HashData(target));
        int chunks = ReleaseText.Chunks(bytes.Length);
        Patch made =
            patch with { State = PatchState.Ready, Size = bytes.Length, Sha256 = Convert.ToHexStringLower(SHA256.HashData(bytes)),
                ChunkCount = chunks };
        return !isSame ? (patch with { State = PatchState.Failed, Error = $"The patch does not give the image again: {error}" }, null)
            : fullSize <= bytes.Length ? (made with { State = PatchState.Useless }, null)
            : chunks > MaxChunks
                ? (made with
                {
                    State = PatchState.Failed,
                    Error = string.Create(CultureInfo.InvariantCulture, $"The patch has {chunks} chunks; a device holds {MaxChunks}"),
                }, null)
            : (made, bytes);
    }
}
