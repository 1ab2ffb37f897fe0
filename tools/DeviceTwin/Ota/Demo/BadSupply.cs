using JamBox.App;
using JamBox.Ota;
using JamBox.Ports;
using JamBox.Twin.Run;
using JamBox.Twin.Storage;
using JamBox.Twin.Time;

namespace JamBox.Twin.Ota.Demo;

/// <summary>
/// A power supply that fails while its box updates: in the middle of what is written while it downloads, applies and swaps images, and
/// twice while the new image is on trial, which leaves it the third and last boot.
/// </summary>
internal sealed class BadSupply : IBoxWatch
{
    /// <summary>While chunks are fetched.</summary>
    public const string Download = "download";

    /// <summary>While the patch is applied.</summary>
    public const string Apply = "apply";

    /// <summary>While the boot copies swap images.</summary>
    public const string Swap = "swap";

    /// <summary>While the new image is on trial.</summary>
    public const string Trial = "trial";

    private const int ShortestOutageMs = 1_000;
    private const int LongestOutageMs = 90_000;

    private readonly DeviceRun _device;
    private readonly SeededRandom _random;
    private readonly Action<string> _tell;
    private readonly Dictionary<string, int> _left = new(StringComparer.Ordinal) { [Download] = 3, [Apply] = 2, [Swap] = 3, [Trial] = 2 };
    private readonly Dictionary<string, int> _until = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _losses = new(StringComparer.Ordinal);

    /// <param name="device">The box.</param>
    /// <param name="imageBytes">How long its new image is.</param>
    /// <param name="random">When exactly, and for how long.</param>
    /// <param name="tell">Told of each loss.</param>
    public BadSupply(DeviceRun device, int imageBytes, SeededRandom random, Action<string> tell)
    {
        _device = device;
        _random = random;
        _tell = tell;
        int sectors = Math.Max(1, imageBytes / SimulatedFlash.BytesASector);
        BoxFlash chip = device.Parts.Chip;
        device.Parts.Power.Tear = TearKind.Any;

        // Only what the update writes: a reading that is being written when power goes is lost by right, and would spoil the sum at the
        // end.
        chip.Patch.Written = _ => Write(Download, 8);
        chip.Stage.Written = _ => Write(Apply, sectors);
        chip.Previous.Written = _ => Write(Swap, sectors);
        chip.Deploy.Written = _ => Write(Swap, sectors);
    }

    /// <summary>All of them, in their order.</summary>
    public static IReadOnlyList<string> Phases { get; } = [Download, Apply, Swap, Trial];

    /// <summary>Losses by what the box was at.</summary>
    public IReadOnlyDictionary<string, int> Losses => _losses;

    /// <inheritdoc/>
    public void Booted(Box box)
    {
        if (_device.Slots.State == SlotState.Trial && _left[Trial] > 0)
        {
            _device.Parts.Clock.After(_random.Between(2_000, 8_000), () => CutTrial(box));
        }
    }

    /// <inheritdoc/>
    public void Look(bool isLast)
    {
    }

    /// <inheritdoc/>
    public void Closed(ReadOnlySpan<int> fields)
    {
    }

    /// <inheritdoc/>
    public void Died(BoxDiedException death)
    {
    }

    // About to write: in the middle of it power goes, once so many writes have gone well.
    private void Write(string phase, int most)
    {
        if (_left[phase] == 0)
        {
            return;
        }

        int until = _until.GetValueOrDefault(phase);
        until = until > 0 ? until - 1 : _random.Between(1, most);
        _until[phase] = until;
        if (until == 0)
        {
            Note(phase);
            _device.Parts.Power.CutIn(1);
        }
    }

    private void CutTrial(Box box)
    {
        if (ReferenceEquals(_device.Box, box) && box.Updater.State == OtaState.Trial)
        {
            Note(Trial);
            _device.Parts.Power.Cut();
        }
    }

    private void Note(string phase)
    {
        _device.Parts.Power.OutageMs = _random.Between(ShortestOutageMs, LongestOutageMs);
        _losses[phase] = _losses.GetValueOrDefault(phase) + 1;
        _left[phase]--;
        _tell($"power fails ({phase}), for {_device.Parts.Power.OutageMs / 1_000} s");
    }
}
