using JamBox.Ports;

namespace JamBox.Ota;

/// <summary>
/// Finds out at every boot where the update really stands, whatever the stored word says: from the boot record, from the hash of what runs, and
/// from the hash of what was offered. Power may have gone between any two writes; the table says what each pair means.
/// </summary>
/// <remarks>
/// <list type="table">
/// <item><term>boot record: trial</term><description>trial</description></item>
/// <item><term>confirmed, what runs is what was offered, and no end is stored</term><description>confirmed: own sequence and report are made up
/// for</description></item>
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

    /// <summary>How many boots may find an offer's image in the making: each begins with an erased stage, and the making may be what ends them.</summary>
    public const int MaxResumes = 16;

    private readonly UpdateParts _parts;

    /// <summary>Initializes a new instance of the <see cref="UpdateReview"/> class.</summary>
    /// <param name="parts">What the steps share.</param>
    public UpdateReview(UpdateParts parts)
    {
        _parts = parts;
    }

    /// <summary>Gets a value indicating whether the copies have yet to end what they began: another boot is needed.</summary>
    public bool IsBootWanted { get; private set; }

    /// <summary>Gets a value indicating whether the boot record is about the image that was offered.</summary>
    public bool IsOfferInSlots
    {
        get
        {
            _parts.Slots.GetNewHash(_parts.Digest);
            return _parts.Offer.IsThere && Hash.AreEqual(_parts.Digest, 0, _parts.Offer.Manifest.Bytes, Manifest.ImageHashAt);
        }
    }

    private bool IsOfferRunning => _parts.Offer.IsThere && Hash.AreEqual(_parts.Image.Sha256, 0, _parts.Offer.Manifest.Bytes, Manifest.ImageHashAt);

    /// <summary>The first part, at once: what the boot record alone tells.</summary>
    public void Begin()
    {
        switch (_parts.Slots.State)
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
        // An end that is stored stays: it may be about an offer that was refused, and the one that is kept is the one before.
        bool isOpen = _parts.State.IsActive || _parts.State.State == OtaState.Trial;
        if (_parts.Slots.State == SlotState.Confirmed && IsOfferRunning && (isOpen || !_parts.State.IsStored))
        {
            NoteConfirmed();
        }
        else if (isOpen && !IsBootWanted && _parts.Slots.State != SlotState.Trial)
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
            _parts.Own.Set(_parts.Offer.Manifest);
            NameOffer();
        }

        _parts.State.End(OtaState.Confirmed, OtaWhy.None);
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

        if (_parts.State.State != state)
        {
            _parts.State.Enter(state);
        }
    }

    private void TakeEnd(OtaState state)
    {
        if (IsOfferInSlots && !IsNoted())
        {
            NameOffer();
            _parts.State.End(state, WhyOf(_parts.Slots.State, _parts.Slots.Reason));
        }
    }

    /// <summary>
    /// Tells whether the end in the boot record is already accounted for. While the image is being fetched and made, it can only be this try's end
    /// if the boot record did not name the image before: then power went between the order to install and its note.
    /// </summary>
    private bool IsNoted()
    {
        switch (_parts.State.State)
        {
            case OtaState.Idle:
                return _parts.State.IsStored;
            case OtaState.RolledBack:
            case OtaState.Failed:
                return true;
            case OtaState.Staged:
            case OtaState.Trial:
            case OtaState.Confirmed:
                return false;
            default:
                return _parts.State.IsRepeat;
        }
    }

    private void NameOffer()
    {
        if (_parts.State.Id != _parts.Offer.Id)
        {
            _parts.State.Name(_parts.Offer.Id, _parts.Offer.Manifest.Bytes, Manifest.VersionAt);
        }
    }

    private void Resume()
    {
        // Another id: power went between the two records of a new offer, which will be made again.
        if (!_parts.Offer.IsThere || _parts.Offer.Id != _parts.State.Id || IsOfferRunning)
        {
            _parts.State.Enter(OtaState.Idle);
            return;
        }

        if (_parts.State.State == OtaState.Verifying || _parts.State.State == OtaState.Applying)
        {
            _parts.State.CountResume();
        }

        OtaWhy why = _parts.State.Resumes > MaxResumes ? OtaWhy.Flash : _parts.Check.Check(_parts.Offer.Manifest);
        if (why == OtaWhy.None && _parts.State.State >= OtaState.Staged)
        {
            _parts.State.CountTry();
            why = _parts.State.Tries > MaxTries ? OtaWhy.Flash : OtaWhy.None;
        }

        if (why != OtaWhy.None)
        {
            _parts.State.End(OtaState.Failed, why);
            return;
        }

        _parts.Patch.Open(_parts.Offer.Manifest.Bytes, Manifest.PatchHashAt, _parts.Offer.Manifest.PatchSize);
        OtaState next = _parts.Patch.IsComplete ? OtaState.Verifying : _parts.Patch.Present > 0 ? OtaState.Downloading : OtaState.Offered;
        if (next != _parts.State.State)
        {
            _parts.State.Enter(next);
        }
    }
}
