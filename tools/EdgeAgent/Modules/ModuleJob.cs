using System.Net;

using JamBox.Edge.ArduinoOta;
using JamBox.Edge.Engine;

using Microsoft.Extensions.Logging;

namespace JamBox.Edge.Modules;

/// <summary>What the deployment to one module needs besides the module.</summary>
/// <param name="Firmware">The images of the release.</param>
/// <param name="Store">The images of before.</param>
/// <param name="Push">Pushes images.</param>
/// <param name="Names">Finds modules.</param>
/// <param name="Versions">Hears modules' versions.</param>
/// <param name="Trigger">Tells modules to take an image.</param>
/// <param name="Options">The settings.</param>
/// <param name="Time">The clock.</param>
/// <param name="Logger">Where it says what concerns nobody else.</param>
internal sealed record ModuleJobParts(
    FirmwareSet Firmware,
    ImageStore Store,
    OtaPush Push,
    INameResolver Names,
    IModuleVersions Versions,
    ITrigger Trigger,
    ModuleOptions Options,
    TimeProvider Time,
    ILogger Logger);

/// <summary>The deployment to one module, from its version before to its version after, or back.</summary>
internal sealed class ModuleJob
{
    // How often a module's name is asked for while it starts again.
    private static readonly TimeSpan s_namePause = TimeSpan.FromSeconds(2);

    // No module is back, with its network and its broker, sooner than this.
    private static readonly TimeSpan s_soonestStart = TimeSpan.FromSeconds(1);

    // A module whose connection broke needs this long until it listens again, or has started and can be told.
    private static readonly TimeSpan s_pushPause = TimeSpan.FromSeconds(5);

    // From the message that tells a module to its new start: the broker, the bus, and what it does before. An invitation that it hears
    // before that would be cut off in the middle.
    private static readonly TimeSpan s_triggerPause = TimeSpan.FromSeconds(2);

    private readonly ModuleEntry _module;
    private readonly ModuleJobParts _parts;
    private readonly ModuleProgress _progress;
    private readonly ModuleState? _earlier;

    /// <summary>Makes it.</summary>
    /// <param name="module">The module.</param>
    /// <param name="earlier">How far an earlier try of the same deployment came with it; null = there was none.</param>
    /// <param name="parts">What it needs.</param>
    /// <param name="told">Who is told of each step.</param>
    public ModuleJob(ModuleEntry module, ModuleState? earlier, ModuleJobParts parts, IProgress<ModuleState> told)
    {
        _module = module;
        _earlier = earlier;
        _parts = parts;
        _progress = new ModuleProgress(module, told, parts.Time);
    }

    private ModuleOptions Options => _parts.Options;

    private string KeepsStarting => $"It keeps starting again: it said its version several times within {Options.SettleSeconds} s.";

    /// <summary>Does it. A fault of one module is its own: it becomes its state.</summary>
    /// <param name="stop">
    /// The agent is to stop: a module that has not begun to take an image is left alone, one that has is finished.
    /// </param>
    /// <exception cref="OperationCanceledException">It was left alone.</exception>
    public async Task<ModuleState> RunAsync(CancellationToken stop)
    {
        using CancellationTokenSource limit = new(TimeSpan.FromMinutes(Options.ModuleMinutes), _parts.Time);
        try
        {
            return await RunAsync(limit.Token, stop).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested && !limit.IsCancellationRequested)
        {
            throw;
        }
        catch (OperationCanceledException)
        {
            return Fail($"It was not done after {Options.ModuleMinutes} min.");
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            _parts.Logger.LogWarning(fault, "The deployment to {Module} failed", _module.Hostname);
            return Fail(fault.Message);
        }
    }

    // One that answered a moment ago may have been starting when it was told, and heard nothing. One that nobody has heard is not there.
    private static bool IsWorthAnother(OtaFault fault, bool wasThere) => fault == OtaFault.NoAnswer
        ? wasThere
        : fault is OtaFault.NoConnection or OtaFault.ConnectionLost or OtaFault.Stalled or OtaFault.BadAnswer or OtaFault.NoPort;

    private async Task<ModuleState> RunAsync(CancellationToken limit, CancellationToken stop)
    {
        stop.ThrowIfCancellationRequested();
        ModuleState begun = _progress.State with { Expected = _parts.Firmware.VersionFor(_module) };
        if (!_parts.Firmware.Has(_module))
        {
            return _progress.Step(begun with
            {
                Status = ModuleStatus.Skipped,
                Error = $"The package has no {_module.Connection} image for {_module.Type}; it has: "
                    + $"{_parts.Firmware.ShownTypes(_module.Connection)}.",
            });
        }

        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(limit, stop);
        FirmwareImage image = _parts.Firmware.ImageFor(_module);
        VersionSeen before = await VersionBeforeAsync(limit, stop).ConfigureAwait(false);

        // An earlier try may have left it with anything: what it is to go back to is what it ran before that.
        begun = begun with { Before = _earlier is null ? before.Version : _earlier.Before, After = before.Version };
        if (VersionMessage.AreSame(before.Version, image.Version))
        {
            // Nobody here has seen it run well with that: an earlier deployment may have left it starting again and again.
            if ((_earlier is not null || !IsLast(before.Version!)) && _parts.Versions.AreHeard
                && !await IsSteadyAsync(before, either.Token).ConfigureAwait(false))
            {
                _progress.Step(begun with { Before = _earlier?.Before });
                return await GoBackAsync(new Verdict(true, before.Version, KeepsStarting), limit).ConfigureAwait(false);
            }

            // The agent may have ended after it was written and before it was kept.
            if (!IsLast(before.Version!))
            {
                Keep(image, before.Version!);
            }

            return _progress.Step(begun with { Status = ModuleStatus.Skipped });
        }

        _progress.Step(begun);
        Verdict verdict = await BringAsync(image, limit, stop).ConfigureAwait(false);
        if (verdict.Error is null)
        {
            Keep(image, verdict.Version);
            return _progress.Step(_progress.State with { Status = ModuleStatus.Done, After = verdict.Version });
        }

        return verdict.HasNewImage
            ? await GoBackAsync(verdict, limit).ConfigureAwait(false)
            : Fail(verdict.Error);
    }

    /// <summary>The version before; a broker says at once what it keeps, so one that is not known is not long waited for.</summary>
    private async Task<VersionSeen> VersionBeforeAsync(CancellationToken limit, CancellationToken stop)
    {
        VersionSeen seen = _parts.Versions.Of(_module.Hostname);
        if (seen.Version is not null || !_parts.Versions.AreHeard || Options.VersionSeconds == 0)
        {
            return seen;
        }

        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(limit, stop);
        return await _parts.Versions.WaitAsync(
            _module.Hostname, seen.Messages, TimeSpan.FromSeconds(Options.VersionSeconds), either.Token).ConfigureAwait(false);
    }

    /// <summary>Brings an image to the module and looks at what it runs then.</summary>
    private async Task<Verdict> BringAsync(FirmwareImage image, CancellationToken limit, CancellationToken stop)
    {
        (Verdict verdict, bool isOpen) = await BringOnceAsync(image, limit, stop).ConfigureAwait(false);
        if (isOpen)
        {
            // The line broke with the last bytes: it is what it was, as far as anybody can tell.
            (verdict, _) = await BringOnceAsync(image, limit, stop).ConfigureAwait(false);
        }

        return verdict;
    }

    /// <returns>How it went; and whether nobody knows that the module took the image, so that it may be brought once more.</returns>
    private async Task<(Verdict Verdict, bool IsOpen)> BringOnceAsync(FirmwareImage image, CancellationToken limit, CancellationToken stop)
    {
        string? triggerFault = await TriggerAsync(limit, stop).ConfigureAwait(false);
        long heard;
        OtaResult result;
        try
        {
            (result, heard) = await PushAsync(image, limit, stop).ConfigureAwait(false);
        }
        catch (Exception fault) when (fault is OtaException or IOException)
        {
            return (new Verdict(false, null, triggerFault is null ? fault.Message : $"{fault.Message} ({triggerFault})"), false);
        }

        _progress.Step(_progress.State with { Status = ModuleStatus.Returning, Percent = 100 });
        Verdict verdict = await JudgeAsync(image, result, heard, limit).ConfigureAwait(false);
        bool isAsBefore = !_parts.Versions.AreHeard || VersionMessage.AreSame(verdict.Version, _progress.State.Before);
        return (verdict, verdict.Error is not null && !result.IsConfirmed && isAsBefore);
    }

    /// <returns>What went wrong; null when nothing did. The module may listen all the same.</returns>
    private async Task<string?> TriggerAsync(CancellationToken limit, CancellationToken stop)
    {
        if (_parts.Trigger is NoTrigger)
        {
            return null;
        }

        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(limit, stop);
        try
        {
            IPAddress? address = _parts.Trigger.NeedsAddress ? await FindAsync(either.Token).ConfigureAwait(false) : null;
            await _parts.Trigger.TriggerAsync(_module, address, either.Token).ConfigureAwait(false);
            _progress.Step(_progress.State with { Status = ModuleStatus.Triggered });
            await Task.Delay(s_triggerPause, _parts.Time, either.Token).ConfigureAwait(false);
            return null;
        }
        catch (IOException fault)
        {
            return fault.Message;
        }
    }

    private async Task<IPAddress> FindAsync(CancellationToken cancel)
    {
        long begun = _parts.Time.GetTimestamp();
        TimeSpan most = TimeSpan.FromSeconds(Options.ReadySeconds);
        while (true)
        {
            if (await _parts.Names.ResolveAsync(_module, cancel).ConfigureAwait(false) is { } address)
            {
                return address;
            }

            if (_parts.Time.GetElapsedTime(begun) >= most)
            {
                throw new IOException(
                    $"Nobody knew an address of {_module.Address ?? _module.Hostname + ".local"} for {Options.ReadySeconds} s: "
                    + "is it on and in this network? Its address can be set by hand.");
            }

            await Task.Delay(s_namePause, _parts.Time, cancel).ConfigureAwait(false);
        }
    }

    /// <returns>The result, and how often the module had said its version when the push was over.</returns>
    private async Task<(OtaResult Result, long Heard)> PushAsync(FirmwareImage image, CancellationToken limit, CancellationToken stop)
    {
        bool wasThere = false;
        for (int attempt = 1; ; attempt++)
        {
            using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(limit, stop);
            IPAddress address = await FindAsync(either.Token).ConfigureAwait(false);
            _progress.Step(_progress.State with { Status = ModuleStatus.Pushing, Percent = 0 });
            try
            {
                PushedBytes pushed = new(_progress, image.Bytes.Length);
                OtaTarget target = new(_module.Shown, address);
                OtaResult result = await _parts.Push.PushAsync(target, image.Bytes, pushed, limit, stop).ConfigureAwait(false);
                return (result, _parts.Versions.Of(_module.Hostname).Messages);
            }
            catch (OtaException fault) when (IsWorthAnother(fault.Fault, wasThere) && attempt < Options.PushTries)
            {
                // A module that starts again in the middle, a gap in the wireless network: it kept what it had, and can be asked again.
                _parts.Logger.LogInformation("{Module}, try {Attempt}: {Fault}", _module.Hostname, attempt, fault.Message);
                wasThere |= fault.Fault is not (OtaFault.NoAnswer or OtaFault.NoPort);
                _parts.Names.Forget(_module);
                await Task.Delay(s_pushPause, _parts.Time, either.Token).ConfigureAwait(false);

                // One that has started again waits for its trigger again.
                await TriggerAsync(limit, stop).ConfigureAwait(false);
            }
            catch (OtaException fault) when (fault.Fault == OtaFault.NoAnswer)
            {
                _parts.Names.Forget(_module);
                throw;
            }
        }
    }

    /// <summary>What the module runs after it took an image: it must say so itself.</summary>
    private async Task<Verdict> JudgeAsync(FirmwareImage image, OtaResult result, long heard, CancellationToken limit)
    {
        if (!_parts.Versions.AreHeard)
        {
            return result.IsConfirmed
                ? new Verdict(true, image.Version, null)
                : new Verdict(
                    true, null, "It was gone before it confirmed the image, and without a broker (modules.mqtt) its version is not heard.");
        }

        if (await ReturnAsync(image, heard, limit).ConfigureAwait(false) is not { } seen)
        {
            return new Verdict(true, null, $"It did not come back with a version within {Options.ReturnSeconds} s.");
        }

        if (image.Version is not null && !VersionMessage.AreSame(seen.Version, image.Version))
        {
            return new Verdict(true, seen.Version, $"It came back with {seen.Version}, not with {image.Version}.");
        }

        return await IsSteadyAsync(seen, limit).ConfigureAwait(false)
            ? new Verdict(true, seen.Version, null)
            : new Verdict(true, seen.Version, KeepsStarting);
    }

    /// <summary>
    /// Waits for the version that is expected. Another one does not end the wait at once, and does not count when it comes sooner than a
    /// module can start: it was said before, and was on its way.
    /// </summary>
    /// <returns>What it said last; null when it said nothing.</returns>
    private async Task<VersionSeen?> ReturnAsync(FirmwareImage image, long heard, CancellationToken limit)
    {
        long begun = _parts.Time.GetTimestamp();
        TimeSpan most = TimeSpan.FromSeconds(Options.ReturnSeconds);
        VersionSeen? seen = null;
        while (true)
        {
            TimeSpan left = most - _parts.Time.GetElapsedTime(begun);
            if (left <= TimeSpan.Zero)
            {
                return seen;
            }

            VersionSeen next = await _parts.Versions.WaitAsync(_module.Hostname, heard, left, limit).ConfigureAwait(false);
            if (next.Messages == heard)
            {
                return seen;
            }

            heard = next.Messages;
            if (image.Version is null || VersionMessage.AreSame(next.Version, image.Version))
            {
                return next;
            }

            seen = _parts.Time.GetElapsedTime(begun) >= s_soonestStart ? next : seen;
        }
    }

    private async Task<bool> IsSteadyAsync(VersionSeen seen, CancellationToken limit)
    {
        const int MaxFurther = 1;
        long begun = _parts.Time.GetTimestamp();
        TimeSpan most = TimeSpan.FromSeconds(Options.SettleSeconds);
        long messages = seen.Messages;
        while (true)
        {
            TimeSpan left = most - _parts.Time.GetElapsedTime(begun);
            if (left <= TimeSpan.Zero)
            {
                return true;
            }

            VersionSeen next = await _parts.Versions.WaitAsync(_module.Hostname, messages, left, limit).ConfigureAwait(false);
            if (next.Messages == messages)
            {
                return true;
            }

            messages = next.Messages;
            if (messages > seen.Messages + MaxFurther)
            {
                return false;
            }
        }
    }

    /// <summary>Pushes the previous image back; this is done even while the agent stops, for the module runs what it should not.</summary>
    private async Task<ModuleState> GoBackAsync(Verdict verdict, CancellationToken limit)
    {
        ModuleState failed = _progress.State with { After = verdict.Version, Error = verdict.Error };
        if (VersionMessage.AreSame(verdict.Version, failed.Before))
        {
            // Its bootloader did what we should have done, or the new image never was the one it starts.
            return _progress.Step(failed with { Status = ModuleStatus.Restored });
        }

        FirmwareImage? previous = _parts.Store.Find(_module.Hostname, failed.Before);
        if (previous is null)
        {
            return Fail($"{verdict.Error} No image of before is kept here, so it stays as it is: deploy one that is right.");
        }

        _progress.Step(failed);
        Verdict back = await BringAsync(previous, limit, CancellationToken.None).ConfigureAwait(false);
        return back.Error is null
            ? _progress.Step(_progress.State with
            {
                Status = ModuleStatus.Restored,
                After = back.Version,
                Error = verdict.Error + (failed.Before is null || VersionMessage.AreSame(previous.Version, failed.Before)
                    ? $" It has {previous.Version} again."
                    : $" It has {previous.Version} now: of {failed.Before}, which it ran, no image is kept here."),
            })
            : Fail($"{verdict.Error} {previous.Version} could not be brought back: {back.Error}");
    }

    private bool IsLast(string version)
    {
        try
        {
            return _parts.Store.IsLast(_module.Hostname, version);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            // To write it says more.
            _parts.Logger.LogDebug("What was kept of {Module} cannot be read: {Fault}", _module.Hostname, fault.Message);
            return false;
        }
    }

    private void Keep(FirmwareImage image, string? version)
    {
        if (version is null)
        {
            return;
        }

        try
        {
            _parts.Store.Keep(_module.Hostname, version, image.Bytes);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            // The module is right; only the way back is missing next time.
            _parts.Logger.LogWarning(
                "The image {Version} of {Module} could not be kept: {Fault}", version, _module.Hostname, fault.Message);
        }
    }

    private ModuleState Fail(string error) => _progress.Step(_progress.State with
    {
        Status = ModuleStatus.Failed,
        After = _parts.Versions.AreHeard ? _parts.Versions.Of(_module.Hostname).Version : null,
        Error = error,
    });

    /// <summary>How it went with an image.</summary>
    /// <param name="HasNewImage">Whether the module took it, so that it does not run what it had.</param>
    /// <param name="Version">What it runs now, if that is known.</param>
    /// <param name="Error">What is wrong; null = nothing.</param>
    private readonly record struct Verdict(bool HasNewImage, string? Version, string? Error);

    private sealed class PushedBytes(ModuleProgress progress, int size) : IProgress<int>
    {
        public void Report(int value) => progress.Pushed(value, size);
    }
}
