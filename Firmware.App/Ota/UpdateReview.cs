using JamBox.Ports;

namespace JamBox.Ota;

/// <summary>
/// Finds out at every boot where the update really stands, whatever the stored word says: from the boot record, from the hash of what runs,
/// and from the hash of what was offered. Power may have gone between any two writes; the table says what each pair means.
/// </summary>
/// <remarks>
/// <list type="table">
/// <item><term>boot record: trial</term><description>trial</description></item>
/// <item><term>confirmed, what runs is what was offered, and no end is stored</term><description>confirmed: own sequence and report are
/// made up
/// for</description></item>
/// <item><term>install, backing up, swapping</term><description>staged: the copies could not go on; a later boot tries
/// again</description></item>
/// <item><term>roll back, restoring</term><description>as stored, and a later boot tries again</description></item>
/// <item><term>rolled back, refused or failed, of what was offered</term><description>the same, unless it was noted before or is the end of
/// an
/// earlier try of the same image</description></item>
/// <item><term>none, as an image was flashed over the trial of what was offered</term><description>failed, replaced:
/// likewise</description></item>
/// <item><term>anything else</term><description>what is active goes on with what the patch partition has: fetch, or verify and apply from
/// the
/// start. Staged and trial have lost their boot record: once more, a bounded number of times</description></item>
/// </list>
/// </remarks>
public sealed class UpdateReview
{
    /// <summary>
    /// How often with one offer what may be chance can go wrong: a patch or an image whose hash does not match, a lost boot record.
    /// </summary>
    public const int MaxTries = 2;

    /// <summary>
    /// How many boots may find an offer's image in the making: each begins with an erased stage, and the making may be what ends them.
    /// </summary>
    public const int MaxResumes = 16;

    private readonly UpdateContext _context;

    /// <param name="context">What the steps share.</param>
    public UpdateReview(UpdateContext context)
    {
        _context = context;
    }

    /// <summary>Gets a value indicating whether the copies have yet to end what they began: another boot is needed.</summary>
    public bool IsBootWanted { get; private set; }

    /// <summary>Gets a value indicating whether the boot record is about the image that was offered.</summary>
    public bool IsOfferInSlots
    {
        get
        {
            _context.Slots.GetNewHash(_context.Digest);
            return _context.Offer.IsThere && Hash.AreEqual(_context.Digest, 0, _context.Offer.Manifest.Bytes, Manifest.ImageHashAt);
        }
    }

    private bool IsOfferRunning =>
        _context.Offer.IsThere && Hash.AreEqual(_context.Image.Sha256, 0, _context.Offer.Manifest.Bytes, Manifest.ImageHashAt);

    /// <summary>The first part, at once: what the boot record alone tells.</summary>
    public void Begin()
    {
        switch (_context.Slots.State)
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
            case SlotState.None:
                // The boot copies found another whole image where the one on trial had been: what runs has nothing to do with the offer.
                if (_context.Slots.Reason == SlotReason.Replaced)
                {
                    TakeEnd(OtaState.Failed);
                }

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
        bool isOpen = _context.State.IsActive || _context.State.State == OtaState.Trial;
        if (_context.Slots.State == SlotState.Confirmed && IsOfferRunning && (isOpen || !_context.State.IsStored))
        {
            NoteConfirmed();
        }
        else if (isOpen && !IsBootWanted && _context.Slots.State != SlotState.Trial)
        {
            Resume();
        }
    }

    /// <summary>
    /// Notes that the image that was offered runs for good. The sequence first: when power goes before the state is stored, all of it is
    /// done again at the next boot, because the boot record says so.
    /// </summary>
    public void NoteConfirmed()
    {
        if (IsOfferInSlots)
        {
            _context.Own.Set(_context.Offer.Manifest);
            NameOffer();
        }

        _context.State.End(OtaState.Confirmed, OtaReason.None);
    }

    private static OtaReason WhyOf(SlotState state, SlotReason reason)
    {
        switch (reason)
        {
            case SlotReason.Requested:
                return OtaReason.Requested;
            case SlotReason.NoSend:
                return OtaReason.NoSend;
            case SlotReason.TrialBoots:
                return OtaReason.TrialBoots;
            case SlotReason.PreviousHash:
                return OtaReason.Previous;
            case SlotReason.Replaced:
                return OtaReason.Replaced;
            default:
                return state == SlotState.Refused ? OtaReason.Refused : OtaReason.Flash;
        }
    }

    private void Take(OtaState state)
    {
        if (IsOfferInSlots)
        {
            NameOffer();
        }

        if (_context.State.State != state)
        {
            _context.State.Enter(state);
        }
    }

    private void TakeEnd(OtaState state)
    {
        if (IsOfferInSlots && !IsNoted())
        {
            NameOffer();
            _context.State.End(state, WhyOf(_context.Slots.State, _context.Slots.Reason));
        }
    }

    /// <summary>
    /// Tells whether the end in the boot record is already accounted for. While the image is being fetched and made, it can only be this
    /// try's end if the boot record did not name the image before: then power went between the order to install and its note.
    /// </summary>
    private bool IsNoted()
    {
        switch (_context.State.State)
        {
            case OtaState.Idle:
                return _context.State.IsStored;
            case OtaState.RolledBack:
            case OtaState.Failed:
                return true;
            case OtaState.Staged:
            case OtaState.Trial:
            case OtaState.Confirmed:
                return false;
            default:
                return _context.State.IsRepeat;
        }
    }

    private void NameOffer()
    {
        if (_context.State.Id != _context.Offer.Id)
        {
            _context.State.Name(_context.Offer.Id, _context.Offer.Manifest.Bytes, Manifest.VersionAt);
        }
    }

    private void Resume()
    {
        // Another id: power went between the two records of a new offer, which will be made again.
        if (!_context.Offer.IsThere || _context.Offer.Id != _context.State.Id || IsOfferRunning)
        {
            _context.State.Enter(OtaState.Idle);
            return;
        }

        bool isWaiting = _context.State.State == OtaState.Verifying && _context.Limits.IsApplyingOver;
        if ((_context.State.State == OtaState.Verifying && !isWaiting) || _context.State.State == OtaState.Applying)
        {
            _context.State.CountResume();
        }

        OtaReason reason = _context.State.Resumes > MaxResumes ? OtaReason.Flash : _context.Check.Check(_context.Offer.Manifest);
        if (reason == OtaReason.None && _context.State.State >= OtaState.Staged)
        {
            _context.State.CountTry();
            reason = _context.State.Tries > MaxTries ? OtaReason.Flash : OtaReason.None;
        }

        if (reason != OtaReason.None)
        {
            _context.State.End(OtaState.Failed, reason);
            return;
        }

        _context.Patch.Open(_context.Offer.Manifest.Bytes, Manifest.PatchHashAt, _context.Offer.Manifest.PatchSize);
        OtaState next =
            _context.Patch.IsComplete ? OtaState.Verifying : _context.Patch.Present > 0 ? OtaState.Downloading : OtaState.Offered;
        if (next != _context.State.State)
        {
            _context.State.Enter(next);
        }
    }
}
