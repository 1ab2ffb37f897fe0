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

    private readonly UpdateParts _parts;
    private readonly PatchApplier _applier;
    private readonly byte[] _scratch;
    private readonly StageWriter _stage;
    private readonly FlashSource _nothing;
    private readonly UplinkState _uplink;
    private ImageWalk _walk;
    private Phase _phase;
    private int _hashed;

    /// <summary>Initializes a new instance of the <see cref="Installer"/> class. All memory is allocated here, the largest blocks first.</summary>
    /// <param name="parts">What the steps share.</param>
    /// <param name="uplink">Hears that a heartbeat is wanted when the long part begins.</param>
    /// <exception cref="System.OutOfMemoryException">There is no room.</exception>
    public Installer(UpdateParts parts, UplinkState uplink)
    {
        _parts = parts;
        _uplink = uplink;
        _applier = new PatchApplier(parts.Heap);
        _scratch = _applier.Scratch;
        _stage = new StageWriter(parts.Slots.Stage, parts.Crypto);
        _nothing = new FlashSource(parts.Slots.Deploy, 0);
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
        OtaWhy why = _parts.Check.Check(_parts.Offer.Manifest);
        if (why != OtaWhy.None)
        {
            Fail(why);
            return;
        }

        _hashed = 0;
        _parts.Crypto.BeginHash();
        _phase = Phase.HashPatch;
    }

    private void HashPatch()
    {
        byte[] scratch = _scratch;
        for (int i = 0; i < RunningImage.PiecesAStep && _hashed < _parts.Patch.Length; i++)
        {
            int left = _parts.Patch.Length - _hashed;
            int count = left < scratch.Length ? left : scratch.Length;
            if (!_parts.Patch.Read(_hashed, scratch, 0, count))
            {
                Retry(OtaWhy.Flash);
                return;
            }

            _parts.Crypto.AddToHash(scratch, 0, count);
            _hashed += count;
        }

        if (_hashed == _parts.Patch.Length)
        {
            EndHash();
        }
    }

    private void EndHash()
    {
        _parts.Crypto.EndHash(_parts.Digest);
        if (Hash.AreEqual(_parts.Digest, 0, _parts.Offer.Manifest.Bytes, Manifest.PatchHashAt))
        {
            BeginApply();
        }
        else
        {
            _parts.Patch.Forget();
            Retry(OtaWhy.PatchHash);
        }
    }

    private void BeginApply()
    {
        _parts.State.Enter(OtaState.Applying);
        _uplink.IsHeartbeatWanted = true;
        _stage.Begin();
        bool isFull = _parts.Offer.Manifest.IsFull;
        PatchResult result = isFull
            ? _applier.Begin(_parts.Patch, _nothing, null, _stage, _parts.Offer.Manifest.ImageSize)
            : _applier.Begin(_parts.Patch, _parts.Image, _parts.Image.Sha256, _stage, _parts.Offer.Manifest.ImageSize);
        _phase = Phase.Apply;
        if (result != PatchResult.Busy)
        {
            EndApply(result);
        }
    }

    private void Apply()
    {
        long endMs = _parts.Clock.UptimeMs + SliceMs;
        int end = _applier.Done + SliceBytes;
        PatchResult result;
        do
        {
            result = _applier.Step(StepBytes);
        }
        while (result == PatchResult.Busy && _applier.Done < end && _parts.Clock.UptimeMs < endMs);
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
            _parts.Log("the patch cannot be applied, " + ((int)result).ToString());
            Fail(result == PatchResult.TooLarge ? OtaWhy.Size : result == PatchResult.WrongBase ? OtaWhy.Base : OtaWhy.BadPatch);
            return;
        }

        _stage.End(_parts.Digest);
        if (_stage.Length != _parts.Offer.Manifest.ImageSize)
        {
            Fail(OtaWhy.Size);
        }
        else if (!Hash.AreEqual(_parts.Digest, 0, _parts.Offer.Manifest.Bytes, Manifest.ImageHashAt))
        {
            Retry(OtaWhy.ImageHash);
        }
        else
        {
            _applier.Close();
            _parts.Heap?.Reserve(ImageWalk.TableBytes);
            _walk = new ImageWalk();
            _walk.Begin(_parts.Slots.Stage, _stage.Length);
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
        else if (_walk.NativeChecksum != _parts.Image.NativeChecksum)
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
        if (!_parts.Slots.Install(_stage.Length, _parts.Digest, _parts.Image.Length, _parts.Image.Sha256))
        {
            Retry(OtaWhy.Flash);
            return;
        }

        _phase = Phase.Begin;
        _parts.State.Enter(OtaState.Staged);
        _parts.Log("staged, to be installed by a reboot");
        _parts.Restart.Want("update");
    }

    private void Retry(OtaWhy why)
    {
        _parts.State.CountTry();
        if (_parts.State.Tries > UpdateReview.MaxTries)
        {
            Fail(why);
            return;
        }

        _parts.Log("once more, ", why);
        _phase = Phase.Begin;
        _parts.State.Enter(_parts.Patch.IsComplete ? OtaState.Verifying : OtaState.Offered);
    }

    private void Fail(OtaWhy why)
    {
        _parts.Log("failed, ", why);
        _phase = Phase.Begin;
        _parts.State.End(OtaState.Failed, why);
    }
}
