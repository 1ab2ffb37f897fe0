using JamBox.Ota.Patch;
using JamBox.Uplink;

namespace JamBox.Ota;

/// <summary>
/// From a whole patch to the order to install: hash of the patch, deploy + patch → stage, hash of the image, boot record, reboot. A
/// slice at a time, so that counting goes on. Nothing of it is kept over a loss of power: it begins again with the hash of the patch. The
/// object holds all the memory that only this work needs, and is made for it.
/// </summary>
public sealed class Installer
{
    /// <summary>A slice ends after so many ms, or so many bytes of the image.</summary>
    public const int SliceMs = 20;

    private const int SliceBytes = 2048;
    private const int StepBytes = 512;

    private readonly UpdateContext _context;
    private readonly PatchApplier _applier;
    private readonly byte[] _scratch;
    private readonly StageWriter _stage;
    private readonly FlashSource _nothing;
    private readonly UplinkState _uplink;
    private ImageWalk _walk;
    private Phase _phase;
    private int _hashed;

    /// <summary>All memory is allocated here, the largest blocks first.</summary>
    /// <param name="context">What the steps share.</param>
    /// <param name="uplink">Hears that a heartbeat is wanted when the long part begins.</param>
    /// <exception cref="System.OutOfMemoryException">There is no room.</exception>
    public Installer(UpdateContext context, UplinkState uplink)
    {
        _context = context;
        _uplink = uplink;
        _applier = new PatchApplier(context.Heap);
        _scratch = _applier.Scratch;
        _stage = new StageWriter(context.Slots.Stage, context.Crypto);
        _nothing = new FlashSource(context.Slots.Deploy, 0);
    }

    private enum Phase
    {
        Begin,
        HashPatch,
        Apply,
        Walk,
    }

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
        OtaReason reason = _context.Check.Check(_context.Offer.Manifest);
        if (reason != OtaReason.None)
        {
            Fail(reason);
            return;
        }

        _hashed = 0;
        _context.Crypto.BeginHash();
        _phase = Phase.HashPatch;
    }

    private void HashPatch()
    {
        byte[] scratch = _scratch;
        for (int i = 0; i < RunningImage.PiecesAStep && _hashed < _context.Patch.Length; i++)
        {
            int left = _context.Patch.Length - _hashed;
            int count = left < scratch.Length ? left : scratch.Length;
            if (!_context.Patch.Read(_hashed, scratch, 0, count))
            {
                Retry(OtaReason.Flash);
                return;
            }

            _context.Crypto.AddToHash(scratch, 0, count);
            _hashed += count;
        }

        if (_hashed == _context.Patch.Length)
        {
            EndHash();
        }
    }

    private void EndHash()
    {
        _context.Crypto.EndHash(_context.Digest);
        if (Hash.AreEqual(_context.Digest, 0, _context.Offer.Manifest.Bytes, Manifest.PatchHashAt))
        {
            BeginApply();
        }
        else
        {
            _context.Patch.Forget();
            Retry(OtaReason.PatchHash);
        }
    }

    private void BeginApply()
    {
        if (!_context.Limits.TryApply())
        {
            // In another day: see Updater.
            _context.Log("enough images for a day: it waits");
            _phase = Phase.Begin;
            _context.State.Enter(OtaState.Verifying);
            return;
        }

        _context.State.Enter(OtaState.Applying);
        _uplink.IsHeartbeatWanted = true;
        _stage.Begin();
        bool isFull = _context.Offer.Manifest.IsFull;
        PatchResult result = isFull
            ? _applier.Begin(_context.Patch, _nothing, null, _stage, _context.Offer.Manifest.ImageSize)
            : _applier.Begin(_context.Patch, _context.Image, _context.Image.Sha256, _stage, _context.Offer.Manifest.ImageSize);
        _phase = Phase.Apply;
        if (result != PatchResult.Busy)
        {
            EndApply(result);
        }
    }

    private void Apply()
    {
        long endMs = _context.Clock.UptimeMs + SliceMs;
        int end = _applier.Done + SliceBytes;
        PatchResult result;
        do
        {
            result = _applier.Step(StepBytes);
        }
        while (result == PatchResult.Busy && _applier.Done < end && _context.Clock.UptimeMs < endMs);
        if (result != PatchResult.Busy)
        {
            EndApply(result);
        }
    }

    private void EndApply(PatchResult result)
    {
        if (result == PatchResult.ReadFailed || result == PatchResult.WriteFailed)
        {
            Retry(OtaReason.Flash);
            return;
        }

        if (result != PatchResult.Done)
        {
            // The patch is the one that was announced: it will not get better.
            _context.Log("the patch cannot be applied: " + PatchApplier.Text(result));
            Fail(result == PatchResult.TooLarge ? OtaReason.Size : result == PatchResult.WrongBase ? OtaReason.Base : OtaReason.BadPatch);
            return;
        }

        _stage.End(_context.Digest);
        if (_stage.Length != _context.Offer.Manifest.ImageSize)
        {
            Fail(OtaReason.Size);
        }
        else if (!Hash.AreEqual(_context.Digest, 0, _context.Offer.Manifest.Bytes, Manifest.ImageHashAt))
        {
            Retry(OtaReason.ImageHash);
        }
        else
        {
            _applier.Close();
            _context.Heap?.Reserve(ImageWalk.TableBytes);
            _walk = new ImageWalk();
            _walk.Begin(_context.Slots.Stage, _stage.Length);
            _phase = Phase.Walk;
        }
    }

    /// <summary>
    /// What was signed should also be an image that this nanoCLR can run, and whose end can be found again: it is the base of the next
    /// patch.
    /// </summary>
    private void Walk()
    {
        if (_walk.Step(_scratch))
        {
            return;
        }

        if (_walk.Length != _stage.Length)
        {
            Fail(OtaReason.Size);
        }
        else if (_walk.NativeChecksum != _context.Image.NativeChecksum)
        {
            Fail(OtaReason.Native);
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
        if (!_context.Slots.Install(_stage.Length, _context.Digest, _context.Image.Length, _context.Image.Sha256))
        {
            Retry(OtaReason.Flash);
            return;
        }

        _phase = Phase.Begin;
        _context.State.Enter(OtaState.Staged);
        _context.Log("the image is staged: a reboot installs it");
        _context.Restart.Want("update");
    }

    private void Retry(OtaReason reason)
    {
        _context.State.CountTry();
        if (_context.State.Tries > UpdateReview.MaxTries)
        {
            Fail(reason);
            return;
        }

        _context.Log("it is tried once more: ", reason);
        _phase = Phase.Begin;
        _context.State.Enter(_context.Patch.IsComplete ? OtaState.Verifying : OtaState.Offered);
    }

    private void Fail(OtaReason reason)
    {
        _context.Log("it failed: ", reason);
        _phase = Phase.Begin;
        _context.State.End(OtaState.Failed, reason);
    }
}
