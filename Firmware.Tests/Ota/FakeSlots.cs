using System;
using JamBox.Ports;
using JamBox.Storage;
using JamBox.Tests.Storage;

namespace JamBox.Tests.Ota;

/// <summary>Slots in RAM, with what the boot copies do. The copies themselves are tested where they are; here each is one step.</summary>
internal sealed class FakeSlots : IFirmwareSlots
{
    private const int MaxTrialBoots = 3;
    private const int SlotSector = 1024;

    private readonly PowerCut _power;
    private readonly CutFlash _deploy;
    private readonly CutFlash _stage;
    private readonly CutFlash _patch;
    private readonly byte[] _newHash = new byte[32];
    private readonly byte[] _oldHash = new byte[32];
    private byte[] _previous = new byte[0];
    private int _newLength;
    private int _oldLength;

    public FakeSlots(PowerCut power, byte[] image)
    {
        _power = power;
        // As large as such an image and its patch need: a box and a release are in the heap beside them.
        int sectors = (image.Length + SlotSector - 1) / SlotSector;
        _deploy = new CutFlash(power, sectors, SlotSector);
        _stage = new CutFlash(power, sectors, SlotSector);
        _patch = new CutFlash(power, 1 + (((image.Length * 9 / 8) + 40) / (3 * 512)), 2048);
        Deploy(image);
    }

    IFlashRegion IFirmwareSlots.Deploy => _deploy;

    IFlashRegion IFirmwareSlots.Stage => _stage;

    IFlashRegion IFirmwareSlots.Patch => _patch;

    public CutFlash PatchFlash => _patch;

    public CutFlash StageFlash => _stage;

    public SlotState State { get; set; }

    public SlotReason Reason { get; set; }

    public int TrialBoots { get; private set; }

    /// <summary>Whether records cannot be written.</summary>
    public bool Refuses { get; set; }

    /// <summary>Whether copies cannot be made: the next boot tries again.</summary>
    public bool CannotCopy { get; set; }

    /// <summary>Whether power goes right after the next order to install.</summary>
    public bool CutAfterInstall { get; set; }

    public int Installs { get; private set; }

    /// <summary>What the running image is called: its sequence, and a version made of it.</summary>
    public FirmwareInfo Firmware
    {
        get
        {
            int sequence = ByteOrder.ReadInt(_deploy.Bytes, TestImage.SequenceAt);
            return new FirmwareInfo("6.0." + sequence.ToString(), sequence, TestRelease.Hardware);
        }
    }

    /// <summary>Puts an image in, over serial.</summary>
    public void Deploy(byte[] image)
    {
        _deploy.Load(image);
    }

    /// <summary>The boot copies, at every boot.</summary>
    public void PowerOn()
    {
        if (CannotCopy)
        {
            return;
        }

        if (State == SlotState.Install)
        {
            Swap();
        }
        else if (State == SlotState.Trial && !IsSame(FakeCrypto.HashOf(_deploy.Bytes, 0, _newLength), _newHash))
        {
            // Somebody deployed another image: that one stays.
            bool isOld = IsSame(FakeCrypto.HashOf(_deploy.Bytes, 0, _oldLength), _oldHash);
            State = isOld ? SlotState.RolledBack : SlotState.None;
            Reason = SlotReason.Replaced;
            TrialBoots = 0;
        }
        else if (State == SlotState.Trial && TrialBoots < MaxTrialBoots)
        {
            TrialBoots++;
        }
        else if (State == SlotState.Trial || State == SlotState.RollBack)
        {
            Reason = State == SlotState.Trial ? SlotReason.TrialBoots : Reason;
            Deploy(_previous);
            State = SlotState.RolledBack;
            TrialBoots = 0;
        }
    }

    public void GetNewHash(byte[] hash)
    {
        Array.Copy(_newHash, hash, 32);
    }

    public void GetOldHash(byte[] hash)
    {
        Array.Copy(_oldHash, hash, 32);
    }

    public bool Install(int newLength, byte[] newHash, int oldLength, byte[] oldHash)
    {
        bool isBusy = State != SlotState.None && State != SlotState.Confirmed && State < SlotState.RolledBack;
        if (isBusy || Refuses || newLength < 1 || newLength > _deploy.Length)
        {
            return false;
        }

        Installs++;
        if (_power.BeginAtomic())
        {
            State = SlotState.Install;
            Reason = SlotReason.None;
            _newLength = newLength;
            _oldLength = oldLength;
            Array.Copy(newHash, _newHash, 32);
            Array.Copy(oldHash, _oldHash, 32);
        }

        if (CutAfterInstall)
        {
            CutAfterInstall = false;
            throw new PowerLossException();
        }

        _power.End();
        return true;
    }

    public bool Confirm()
    {
        return Change(SlotState.Confirmed, SlotReason.None);
    }

    public bool RollBack(SlotReason reason)
    {
        return Change(SlotState.RollBack, reason);
    }

    private bool Change(SlotState state, SlotReason reason)
    {
        if (Refuses || State != SlotState.Trial)
        {
            return !Refuses && state == SlotState.Confirmed;
        }

        if (_power.BeginAtomic())
        {
            State = state;
            Reason = reason;
        }

        _power.End();
        return true;
    }

    private void Swap()
    {
        if (!IsSame(FakeCrypto.HashOf(_stage.Bytes, 0, _newLength), _newHash)
            || !IsSame(FakeCrypto.HashOf(_deploy.Bytes, 0, _oldLength), _oldHash))
        {
            State = SlotState.Refused;
            Reason = SlotReason.StageHash;
            return;
        }

        _previous = Part(_deploy.Bytes, _oldLength);
        Deploy(Part(_stage.Bytes, _newLength));
        State = SlotState.Trial;
        TrialBoots = 1;
    }

    private static byte[] Part(byte[] bytes, int count)
    {
        var part = new byte[count];
        Array.Copy(bytes, part, count);
        return part;
    }

    private static bool IsSame(byte[] a, byte[] b)
    {
        for (int i = 0; i < 32; i++)
        {
            if (a[i] != b[i])
            {
                return false;
            }
        }

        return true;
    }
}
