using System.Security.Cryptography;
using JamBox.Interop;

namespace JamBox.Boot;

/// <summary>
/// The model of <c>jb_boot.c</c> in C#: the same operations in the same order, which a test holds against the C code. Why it is done so is
/// said there.
/// </summary>
public sealed class ManagedBootCopies : IBootCopies
{
    private const int MaxTrialBoots = 3;
    private const int MaxSteps = 12;
    private const int Tries = 3;
    private const int JournalSector = 3;
    private const int BootSectors = 4;
    private const int ChunkBytes = BootCopyJob.ChunkBytes;

    // Of a step: what deploy holds is to run now, whatever the record says.
    private const BootResult BootNow = (BootResult)1;

    /// <inheritdoc/>
    public string Name => "the model in C#";

    /// <inheritdoc/>
    public BootResult Run(IBootFlash flash)
    {
        if (!IsGoodGeometry(flash))
        {
            return BootResult.Argument;
        }

        for (int i = 0; i < MaxSteps; i++)
        {
            BootResult result = BootRecords.Load(flash, out BootEntry entry);
            if (result != BootResult.Ok || IsAtRest(entry.State))
            {
                return result;
            }

            if (i == 0 && WritesDeploy(entry.State))
            {
                // The record may fade, and the ones before it as well.
                _ = BootRecords.Store(flash, entry);
            }

            result = Step(flash, entry);
            if (result != BootResult.Ok)
            {
                return result == BootNow ? BootResult.Ok : result;
            }
        }

        return BootResult.Flash;
    }

    /// <inheritdoc/>
    public BootResult Read(IBootFlash flash, out BootEntry entry)
    {
        entry = new BootEntry();
        return IsGoodGeometry(flash) ? BootRecords.Load(flash, out entry) : BootResult.Argument;
    }

    /// <inheritdoc/>
    public BootResult Install(IBootFlash flash, uint newLength, byte[] newHash, uint oldLength, byte[] oldHash)
    {
        BootResult result = Read(flash, out BootEntry entry);
        if (result != BootResult.Ok)
        {
            return result;
        }

        if (!AreGoodLengths(flash, newLength, oldLength))
        {
            return BootResult.Argument;
        }

        return IsAtRest(entry.State)
            ? Enter(
                flash, entry with { NewLength = newLength, OldLength = oldLength, NewHash = newHash, OldHash = oldHash },
                BootState.Install, BootReason.None)
            : BootResult.State;
    }

    /// <inheritdoc/>
    public BootResult Confirm(IBootFlash flash)
    {
        BootResult result = Read(flash, out BootEntry entry);
        if (result != BootResult.Ok || IsAtRest(entry.State))
        {
            return result;
        }

        if (entry.State != BootState.Trial)
        {
            return BootResult.State;
        }

        // Twice, so that a sector that can no longer be read does not bring the trial back.
        result = Enter(flash, entry, BootState.Confirmed, BootReason.None);
        if (result == BootResult.Ok)
        {
            _ = BootRecords.Store(flash, entry with { State = BootState.Confirmed, Reason = BootReason.None, TrialBoots = 0 });
        }

        return result;
    }

    /// <inheritdoc/>
    public BootResult RollBack(IBootFlash flash, BootReason reason)
    {
        BootResult result = Read(flash, out BootEntry entry);
        if (result != BootResult.Ok)
        {
            return result;
        }

        bool hasWayBack = entry.OldLength != 0 && entry.State is (BootState.Trial or BootState.Confirmed);
        return hasWayBack ? Enter(flash, entry, BootState.RollBack, reason) : BootResult.State;
    }

    private static BootResult Step(IBootFlash flash, BootEntry entry)
    {
        if (entry.State != BootState.Install && !AreGoodLengths(flash, entry.NewLength, entry.OldLength))
        {
            return Enter(flash, entry, BootState.Failed, BootReason.BadLength);
        }

        return entry.State switch
        {
            BootState.Install => StepInstall(flash, entry),
            BootState.BackingUp => StepBackUp(flash, entry),
            BootState.Swapping => StepSwap(flash, entry),
            BootState.RollBack => StepRollBack(flash, entry),
            BootState.Restoring => StepRestore(flash, entry),
            _ => StepTrial(flash, entry),
        };
    }

    private static BootResult StepInstall(IBootFlash flash, BootEntry entry)
    {
        BootReason reason = BootReason.None;
        entry = entry with { WithoutJournal = 0 };
        if (!AreGoodLengths(flash, entry.NewLength, entry.OldLength))
        {
            reason = BootReason.BadLength;
        }
        else if (!HoldsNew(flash, BootRegion.Stage, entry))
        {
            reason = BootReason.StageHash;
        }
        else if (!HoldsOld(flash, BootRegion.Deploy, entry))
        {
            reason = BootReason.DeployHash;
        }
        else if (!EraseJournals(flash))
        {
            reason = BootReason.Flash;
        }

        return Enter(flash, entry, reason == BootReason.None ? BootState.BackingUp : BootState.Refused, reason);
    }

    private static BootResult StepBackUp(IBootFlash flash, BootEntry entry)
    {
        if (!HoldsOld(flash, BootRegion.Deploy, entry))
        {
            return Enter(flash, entry, BootState.Swapping, BootReason.None);
        }

        int length = (int)entry.OldLength;
        int sectors = (length + flash.SectorBytes - 1) / flash.SectorBytes;
        var job = new BootCopyJob(flash, BootRegion.Deploy, BootRegion.Previous, length, sectors, LowerJournal(flash), HasJournal: true, SkipsRight: false);
        return job.Run() == BootResult.Ok && HoldsOld(flash, BootRegion.Previous, entry)
            ? Enter(flash, entry, BootState.Swapping, BootReason.None)
            : Enter(flash, entry, BootState.Refused, BootReason.Flash);
    }

    private static BootResult StepSwap(IBootFlash flash, BootEntry entry)
    {
        bool isFirst = entry.Reason == BootReason.None;
        if (!FillDeploy(flash, BootRegion.Stage, (int)entry.NewLength, UpperJournal(flash), entry.WithoutJournal == 0, isFirst)
            || !HoldsNew(flash, BootRegion.Deploy, entry))
        {
            return Enter(flash, entry, BootState.RollBack, BootReason.Flash);
        }

        BootResult result = Enter(flash, entry, BootState.Trial, BootReason.None);
        return result == BootResult.Ok ? result : PutBack(flash, entry);
    }

    private static BootResult StepTrial(IBootFlash flash, BootEntry entry)
    {
        if (!DeployMatches(flash, entry.NewLength, entry.NewHash))
        {
            return EndForeignTrial(flash, entry);
        }

        BootResult result = entry.TrialBoots >= MaxTrialBoots
            ? Enter(flash, entry, BootState.RollBack, BootReason.TrialBoots)
            : BootRecords.Store(flash, entry with { TrialBoots = (byte)(entry.TrialBoots + 1) });
        return result != BootResult.Ok ? PutBack(flash, entry) : entry.TrialBoots < MaxTrialBoots ? BootNow : result;
    }

    // Somebody flashed another image over the one on trial, or that one was damaged.
    private static BootResult EndForeignTrial(IBootFlash flash, BootEntry entry)
    {
        if (DeployMatches(flash, entry.OldLength, entry.OldHash))
        {
            return Enter(flash, entry, BootState.RolledBack, BootReason.Replaced) == BootResult.Ok ? BootResult.Ok : BootNow;
        }

        BootImage image = BootImage.Walk(flash, BootRegion.Deploy, BootRegion.Stage);
        if (image.IsWhole && !image.IsTwin)
        {
            return Enter(flash, entry, BootState.None, BootReason.Replaced) == BootResult.Ok ? BootResult.Ok : BootNow;
        }

        BootResult result = Enter(flash, entry, BootState.RollBack, BootReason.DeployHash);
        return result == BootResult.Ok ? result : PutBack(flash, entry);
    }

    // What could not be read may be there all the same; what goes on behind it is another image.
    private static bool DeployMatches(IBootFlash flash, uint length, byte[] hash)
    {
        bool matches = false;
        for (int i = 0; !matches && i < Tries; i++)
        {
            matches = Matches(flash, BootRegion.Deploy, length, hash);
        }

        return matches && !BootImage.Begins(flash, BootRegion.Deploy, (int)((length + 3) & ~3u));
    }

    // No sector takes a record any more: boots cannot be counted.
    private static BootResult PutBack(IBootFlash flash, BootEntry entry)
    {
        if (HoldsOld(flash, BootRegion.Deploy, entry))
        {
            return BootNow;
        }

        return HoldsOld(flash, BootRegion.Previous, entry)
            && FillDeploy(flash, BootRegion.Previous, (int)entry.OldLength, journal: 0, hasJournal: false, skipsRight: false)
            && HoldsOld(flash, BootRegion.Deploy, entry)
            ? BootNow
            : BootResult.Flash;
    }

    private static BootResult StepRollBack(IBootFlash flash, BootEntry entry)
    {
        if (HoldsOld(flash, BootRegion.Previous, entry))
        {
            return EnterWithJournals(flash, entry, BootState.Restoring);
        }

        // No way back: a deploy that was left half done is finished, if stage still has the image.
        if (!HoldsNew(flash, BootRegion.Deploy, entry)
            && !HoldsOld(flash, BootRegion.Deploy, entry)
            && HoldsNew(flash, BootRegion.Stage, entry))
        {
            return EnterWithJournals(flash, entry, BootState.Swapping);
        }

        return Enter(flash, entry, BootState.Failed, BootReason.PreviousHash);
    }

    private static BootResult StepRestore(IBootFlash flash, BootEntry entry)
    {
        bool isDone = FillDeploy(flash, BootRegion.Previous, (int)entry.OldLength, LowerJournal(flash), entry.WithoutJournal == 0, skipsRight: false)
            && HoldsOld(flash, BootRegion.Deploy, entry);
        return Enter(flash, entry, isDone ? BootState.RolledBack : BootState.RollBack, entry.Reason);
    }

    private static bool FillDeploy(IBootFlash flash, BootRegion from, int length, int journal, bool hasJournal, bool skipsRight)
    {
        int sectors = flash.RegionBytes(BootRegion.Deploy) / flash.SectorBytes;
        return new BootCopyJob(flash, from, BootRegion.Deploy, length, sectors, journal, hasJournal, skipsRight).Run() == BootResult.Ok;
    }

    private static BootResult EnterWithJournals(IBootFlash flash, BootEntry entry, BootState state) =>
        Enter(flash, entry with { WithoutJournal = (byte)(EraseJournals(flash) ? 0 : 1) }, state, entry.Reason);

    private static BootResult Enter(IBootFlash flash, BootEntry entry, BootState state, BootReason reason) =>
        BootRecords.Store(flash, entry with { State = state, Reason = reason, TrialBoots = 0 });

    private static bool HoldsNew(IBootFlash flash, BootRegion region, BootEntry entry) =>
        Matches(flash, region, entry.NewLength, entry.NewHash);

    private static bool HoldsOld(IBootFlash flash, BootRegion region, BootEntry entry) =>
        Matches(flash, region, entry.OldLength, entry.OldHash);

    private static bool Matches(IBootFlash flash, BootRegion region, uint length, byte[] hash)
    {
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> bytes = stackalloc byte[ChunkBytes];
        for (uint address = 0; address < length; address += ChunkBytes)
        {
            Span<byte> piece = bytes[..(int)Math.Min(length - address, ChunkBytes)];
            flash.Feed();
            if (!flash.Read(region, (int)address, piece))
            {
                return false;
            }

            sha.AppendData(piece);
        }

        return sha.GetHashAndReset().AsSpan().SequenceEqual(hash);
    }

    // Both: no state needs one while the other is to be erased.
    private static bool EraseJournals(IBootFlash flash)
    {
        int address = UpperJournal(flash);
        Span<byte> bytes = stackalloc byte[ChunkBytes];
        flash.Feed();
        bool isBlank = flash.Erase(BootRegion.Boot, address);
        for (int i = 0; isBlank && i < flash.SectorBytes; i += ChunkBytes)
        {
            isBlank = flash.Read(BootRegion.Boot, address + i, bytes) && BootCopyJob.IsBlank(bytes);
        }

        return isBlank;
    }

    private static int UpperJournal(IBootFlash flash) => JournalSector * flash.SectorBytes;

    private static int LowerJournal(IBootFlash flash) => UpperJournal(flash) + (flash.SectorBytes / 2);

    private static bool AreGoodLengths(IBootFlash flash, uint newLength, uint oldLength) =>
        IsGoodLength(flash, newLength, BootRegion.Stage) && IsGoodLength(flash, oldLength, BootRegion.Previous);

    private static bool IsGoodLength(IBootFlash flash, uint length, BootRegion other) =>
        length != 0 && length <= flash.RegionBytes(BootRegion.Deploy) && length <= flash.RegionBytes(other);

    private static bool IsGoodGeometry(IBootFlash flash)
    {
        int sector = flash.SectorBytes;
        if (sector is < ChunkBytes or > 65_536 || (sector & (sector - 1)) != 0)
        {
            return false;
        }

        // Each sector of a destination needs a mark in half a journal sector.
        foreach (BootRegion region in Enum.GetValues<BootRegion>())
        {
            int bytes = flash.RegionBytes(region);
            if (bytes <= 0 || bytes % sector != 0 || (region != BootRegion.Boot && bytes / sector > sector / 2 / BootCopyJob.MarkBytes))
            {
                return false;
            }
        }

        return flash.RegionBytes(BootRegion.Boot) >= BootSectors * sector;
    }

    // Whether deploy is written in this state: from then on no earlier record may count again.
    private static bool WritesDeploy(BootState state) => state is BootState.Swapping or BootState.Restoring;

    private static bool IsAtRest(BootState state) =>
        state is BootState.None or BootState.Confirmed or BootState.RolledBack or BootState.Refused or BootState.Failed;
}
