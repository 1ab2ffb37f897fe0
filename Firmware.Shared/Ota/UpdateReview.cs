using JamBox.Ports;

namespace JamBox.Ota;

/// <summary>
/// Finds out at every boot where the update really stands, whatever the stored word says: from the boot record, from the hash of what runs, and
/// from the hash of what was offered. Power may have gone between any two writes; the table says what each pair means.
/// </summary>
/// <remarks>
/// <list type="table">
/// <item><term>boot record: trial</term><description>trial</description></item>
/// <item><term>confirmed, and what runs is what was offered</term><description>confirmed: own sequence and report are made up for</description></item>
/// <item><term>install, backing up, swapping</term><description>staged: the copies could not go on; a later boot tries again</description></item>
/// <item><term>roll back, restoring</term><description>as stored, and a later boot tries again</description></item>
/// <item><term>rolled back, refused or failed, of what was offered</term><description>the same, unless it was noted before or is the end of an
/// earlier try of the same image</description></item>
/// <item><term>anything else</term><description>what is active goes on with what the patch partition has: fetch, or verify and apply from the
/// start. Staged and trial have lost their boot record: once more, a bounded number of times</description></item>
/// </list>
/// </remarks>
public sealed class UpdateReview
{
    /// <summary>How often with one offer what may be chance can go wrong: a patch or an image whose hash does not match, a lost boot record.</summary>
    public const int MaxTries = 2;

    private readonly UpdateState _state;
    private readonly StoredOffer _offer;
    private readonly OwnRelease _own;
    private readonly RunningImage _image;
    private readonly ManifestCheck _check;
    private readonly PatchStore _patch;
    private readonly IFirmwareSlots _slots;
    private readonly byte[] _hash = new byte[Hash.Size];

    /// <summary>Initializes a new instance of the <see cref="UpdateReview"/> class.</summary>
    /// <param name="state">The stored state.</param>
    /// <param name="offer">The stored offer.</param>
    /// <param name="own">Hears what was confirmed.</param>
    /// <param name="image">What runs.</param>
    /// <param name="check">Checks the stored manifest again.</param>
    /// <param name="patch">The patch.</param>
    /// <param name="slots">The boot record.</param>
    public UpdateReview(UpdateState state, StoredOffer offer, OwnRelease own, RunningImage image, ManifestCheck check, PatchStore patch, IFirmwareSlots slots)
    {
        _state = state;
        _offer = offer;
        _own = own;
        _image = image;
        _check = check;
        _patch = patch;
        _slots = slots;
    }

    /// <summary>Gets a value indicating whether the copies have yet to end what they began: another boot is needed.</summary>
    public bool IsBootWanted { get; private set; }

    /// <summary>Gets a value indicating whether the boot record is about the image that was offered.</summary>
    public bool IsOfferInSlots
    {
        get
        {
            _slots.GetNewHash(_hash);
            return _offer.IsThere && Hash.AreEqual(_hash, 0, _offer.Manifest.Bytes, Manifest.ImageHashAt);
        }
    }

    private bool IsOfferRunning => _offer.IsThere && Hash.AreEqual(_image.Sha256, 0, _offer.Manifest.Bytes, Manifest.ImageHashAt);

    /// <summary>The first part, at once: what the boot record alone tells.</summary>
    public void Begin()
    {
        switch (_slots.State)
        {
            case SlotState.Trial:
                Take(OtaState.Trial);
                break;
            case SlotState.Install:
            case SlotState.BackingUp:
            case SlotState.Swapping:
                IsBootWanted = true;
                Take(OtaState.Staged);
                break;
            case SlotState.RollBack:
            case SlotState.Restoring:
                IsBootWanted = true;
                break;
            case SlotState.RolledBack:
                TakeEnd(OtaState.RolledBack);
                break;
            case SlotState.Refused:
            case SlotState.Failed:
                TakeEnd(OtaState.Failed);
                break;
        }
    }

    /// <summary>The second part, once it is known what runs.</summary>
    public void End()
    {
        if (_slots.State == SlotState.Confirmed && IsOfferRunning && _state.State != OtaState.Confirmed)
        {
            NoteConfirmed();
        }
        else if (!IsBootWanted && _slots.State != SlotState.Trial && (_state.IsActive || _state.State == OtaState.Trial))
        {
            Resume();
        }
    }

    /// <summary>
    /// Notes that the image that was offered runs for good. The sequence first: when power goes before the state is stored, all of it is done
    /// again at the next boot, because the boot record says so.
    /// </summary>
    public void NoteConfirmed()
    {
        if (IsOfferInSlots)
        {
            _own.Set(_offer.Manifest);
            NameOffer();
        }

        _state.End(OtaState.Confirmed, OtaWhy.None);
    }

    private static OtaWhy WhyOf(SlotState state, SlotReason reason)
    {
        switch (reason)
        {
            case SlotReason.Requested:
                return OtaWhy.Requested;
            case SlotReason.NoSend:
                return OtaWhy.NoSend;
            case SlotReason.TrialBoots:
                return OtaWhy.TrialBoots;
            case SlotReason.PreviousHash:
                return OtaWhy.Previous;
            default:
                return state == SlotState.Refused ? OtaWhy.Refused : OtaWhy.Flash;
        }
    }

    private void Take(OtaState state)
    {
        if (IsOfferInSlots)
        {
            NameOffer();
        }

        if (_state.State != state)
        {
            _state.Enter(state);
        }
    }

    private void TakeEnd(OtaState state)
    {
        if (IsOfferInSlots && !IsNoted())
        {
            NameOffer();
            _state.End(state, WhyOf(_slots.State, _slots.Reason));
        }
    }

    /// <summary>
    /// Tells whether the end in the boot record is already accounted for. While the image is being fetched and made, it can only be this try's end
    /// if the boot record did not name the image before: then power went between the order to install and its note.
    /// </summary>
    private bool IsNoted()
    {
        switch (_state.State)
        {
            case OtaState.Idle:
                return _state.IsStored;
            case OtaState.RolledBack:
            case OtaState.Failed:
                return true;
            case OtaState.Staged:
            case OtaState.Trial:
            case OtaState.Confirmed:
                return false;
            default:
                return _state.IsRepeat;
        }
    }

    private void NameOffer()
    {
        if (_state.Id != _offer.Id)
        {
            _state.Name(_offer.Id, _offer.Manifest.Bytes, Manifest.VersionAt);
        }
    }

    private void Resume()
    {
        // Another id: power went between the two records of a new offer, which will be made again.
        if (!_offer.IsThere || _offer.Id != _state.Id || IsOfferRunning)
        {
            _state.Enter(OtaState.Idle);
            return;
        }

        OtaWhy why = _check.Check(_offer.Manifest);
        if (why == OtaWhy.None && _state.State >= OtaState.Staged)
        {
            _state.CountTry();
            why = _state.Tries > MaxTries ? OtaWhy.Flash : OtaWhy.None;
        }

        if (why != OtaWhy.None)
        {
            _state.End(OtaState.Failed, why);
            return;
        }

        _patch.Open(_offer.Manifest.Bytes, Manifest.PatchHashAt, _offer.Manifest.PatchSize);
        OtaState next = _patch.IsComplete ? OtaState.Verifying : _patch.Present > 0 ? OtaState.Downloading : OtaState.Offered;
        if (next != _state.State)
        {
            _state.Enter(next);
        }
    }
}
