using JamBox.App;
using JamBox.Ports;

namespace JamBox.Ota;

/// <summary>
/// From a whole patch to the order to install: hash of the patch, deploy + patch → stage, hash of the image, boot record, reboot. A
/// slice at a time, so that counting goes on. Nothing of it is kept over a loss of power: it begins again with the hash of the patch.
/// </summary>
public sealed class Installer
{
    /// <summary>A slice ends after so many ms, or so many bytes of the image.</summary>
    public const int SliceMs = 20;

    private const int SliceBytes = 2048;
    private const int StepBytes = 64;

    private readonly UpdateState _state;
    private readonly StoredOffer _offer;
    private readonly ManifestCheck _check;
    private readonly RunningImage _image;
    private readonly PatchStore _patch;
    private readonly PatchApplier _applier;
    private readonly StageWriter _stage;
    private readonly ImageWalk _walk;
    private readonly FlashSource _nothing;
    private readonly IFirmwareSlots _slots;
    private readonly ICryptography _crypto;
    private readonly IClock _clock;
    private readonly ISystem _system;
    private readonly HeartbeatTask _heartbeat;
    private readonly Restart _restart;
    private readonly byte[] _scratch;
    private readonly byte[] _hash = new byte[Hash.Size];
    private Phase _phase;
    private int _hashed;

    /// <summary>Initializes a new instance of the <see cref="Installer"/> class.</summary>
    /// <param name="state">The stored state.</param>
    /// <param name="offer">The stored offer.</param>
    /// <param name="check">Checks its manifest again.</param>
    /// <param name="image">What runs: the base.</param>
    /// <param name="patch">The patch.</param>
    /// <param name="applier">Applies it.</param>
    /// <param name="walk">Looks at the new image; nothing else uses it once the running image is known.</param>
    /// <param name="slots">Stage and the boot record.</param>
    /// <param name="crypto">Its hash is under way while this is at work.</param>
    /// <param name="clock">Ends slices.</param>
    /// <param name="system">Log.</param>
    /// <param name="heartbeat">Is made due when the long part begins.</param>
    /// <param name="restart">Reboots.</param>
    public Installer(
        UpdateState state,
        StoredOffer offer,
        ManifestCheck check,
        RunningImage image,
        PatchStore patch,
        PatchApplier applier,
        ImageWalk walk,
        IFirmwareSlots slots,
        ICryptography crypto,
        IClock clock,
        ISystem system,
        HeartbeatTask heartbeat,
        Restart restart)
    {
        _state = state;
        _offer = offer;
        _check = check;
        _image = image;
        _patch = patch;
        _applier = applier;
        _walk = walk;
        _slots = slots;
        _crypto = crypto;
        _clock = clock;
        _system = system;
        _heartbeat = heartbeat;
        _restart = restart;
        _stage = new StageWriter(slots.Stage, crypto);
        _nothing = new FlashSource(slots.Deploy, 0);
        _scratch = applier.Scratch;
    }

    private enum Phase
    {
        Begin,
        HashPatch,
        Apply,
        Walk,
    }

    /// <summary>Gets a value indicating whether there is something to do.</summary>
    public bool IsAtWork => _state.State == OtaState.Verifying || _state.State == OtaState.Applying;

    /// <summary>Does a slice.</summary>
    public void Step()
    {
        switch (_phase)
        {
            case Phase.Begin:
                Begin();
                break;
            case Phase.HashPatch:
                HashPatch();
                break;
            case Phase.Apply:
                Apply();
                break;
            default:
                Walk();
                break;
        }
    }

    private void Begin()
    {
        OtaWhy why = _check.Check(_offer.Manifest);
        if (why != OtaWhy.None)
        {
            Fail(why);
            return;
        }

        _hashed = 0;
        _crypto.BeginHash();
        _phase = Phase.HashPatch;
    }

    private void HashPatch()
    {
        int left = _patch.Length - _hashed;
        int count = left < _scratch.Length ? left : _scratch.Length;
        if (!_patch.Read(_hashed, _scratch, 0, count))
        {
            Retry(OtaWhy.Flash);
            return;
        }

        _crypto.AddToHash(_scratch, 0, count);
        _hashed += count;
        if (_hashed < _patch.Length)
        {
            return;
        }

        _crypto.EndHash(_hash);
        if (Hash.AreEqual(_hash, 0, _offer.Manifest.Bytes, Manifest.PatchHashAt))
        {
            BeginApply();
        }
        else
        {
            _patch.Forget();
            Retry(OtaWhy.PatchHash);
        }
    }

    private void BeginApply()
    {
        _state.Enter(OtaState.Applying);
        _heartbeat.MakeDue();
        _stage.Begin();
        bool isFull = _offer.Manifest.IsFull;
        PatchResult result = isFull
            ? _applier.Begin(_patch, _nothing, null, _stage, _offer.Manifest.ImageSize)
            : _applier.Begin(_patch, _image, _image.Sha256, _stage, _offer.Manifest.ImageSize);
        _phase = Phase.Apply;
        if (result != PatchResult.Busy)
        {
            EndApply(result);
        }
    }

    private void Apply()
    {
        long endMs = _clock.UptimeMs + SliceMs;
        int end = _applier.Done + SliceBytes;
        PatchResult result;
        do
        {
            result = _applier.Step(StepBytes);
        }
        while (result == PatchResult.Busy && _applier.Done < end && _clock.UptimeMs < endMs);
        if (result != PatchResult.Busy)
        {
            EndApply(result);
        }
    }

    private void EndApply(PatchResult result)
    {
        if (result == PatchResult.ReadFailed || result == PatchResult.WriteFailed)
        {
            Retry(OtaWhy.Flash);
            return;
        }

        if (result != PatchResult.Done)
        {
            // The patch is the one that was announced: it will not get better.
            _system.Log("update: the patch cannot be applied, " + ((int)result).ToString());
            Fail(result == PatchResult.TooLarge ? OtaWhy.Size : result == PatchResult.WrongBase ? OtaWhy.Base : OtaWhy.BadPatch);
            return;
        }

        _stage.End(_hash);
        if (_stage.Length != _offer.Manifest.ImageSize)
        {
            Fail(OtaWhy.Size);
        }
        else if (!Hash.AreEqual(_hash, 0, _offer.Manifest.Bytes, Manifest.ImageHashAt))
        {
            Retry(OtaWhy.ImageHash);
        }
        else
        {
            _walk.Begin(_slots.Stage, _stage.Length);
            _phase = Phase.Walk;
        }
    }

    /// <summary>
    /// What was signed should also be an image that this nanoCLR can run, and whose end can be found again: it is the base of the next patch.
    /// </summary>
    private void Walk()
    {
        if (_walk.Step(_scratch))
        {
            return;
        }

        if (_walk.Length != _stage.Length)
        {
            Fail(OtaWhy.Size);
        }
        else if (_walk.NativeChecksum != _image.NativeChecksum)
        {
            Fail(OtaWhy.Native);
        }
        else
        {
            Install();
        }
    }

    /// <summary>
    /// The boot record first. When power goes before the state is stored, the next boot finds the new image on trial, and the review takes
    /// the record's word for it.
    /// </summary>
    private void Install()
    {
        if (!_slots.Install(_stage.Length, _hash, _image.Length, _image.Sha256))
        {
            Retry(OtaWhy.Flash);
            return;
        }

        _phase = Phase.Begin;
        _state.Enter(OtaState.Staged);
        _system.Log("update: staged, to be installed by a reboot");
        _restart.Want("update");
    }

    private void Retry(OtaWhy why)
    {
        _state.CountTry();
        if (_state.Tries > UpdateReview.MaxTries)
        {
            Fail(why);
            return;
        }

        _system.Log("update: " + Text(why) + ", once more");
        _phase = Phase.Begin;
        _state.Enter(_patch.IsComplete ? OtaState.Verifying : OtaState.Offered);
    }

    private void Fail(OtaWhy why)
    {
        _system.Log("update: failed, " + Text(why));
        _phase = Phase.Begin;
        _state.End(OtaState.Failed, why);
    }

    private static string Text(OtaWhy why)
    {
        byte[] word = OtaWords.Of(why);
        return System.Text.Encoding.UTF8.GetString(word, 0, word.Length);
    }
}
