using JamBox.Board;

namespace JamBox.Interop;

/// <summary>Stand-in of Firmware.Atoms3/Interop.</summary>
public sealed class FlashRegion
{
    public const int SectorSize = 4096;

    private readonly byte[] _bytes;
    private readonly bool _isReadOnly;

    public FlashRegion(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        _bytes = BoardHost.Current.Flash.Find(name) ?? throw new ArgumentException($"no partition '{name}'");
        _isReadOnly = name is "deploy" or "previous" or "ident";
    }

    public int Length => _bytes.Length;

    public bool Read(int address, byte[] buffer, int offset, int count)
    {
        Check(address, buffer, offset, count);
        _ = BoardHost.Current;
        Array.Copy(_bytes, address, buffer, offset, count);
        return true;
    }

    public bool Write(int address, byte[] buffer, int offset, int count)
    {
        Check(address, buffer, offset, count);
        CheckWritable();
        BoardHost.Current.Flash.Writes++;
        for (int i = 0; i < count; i++)
        {
            _bytes[address + i] &= buffer[offset + i];
        }

        return true;
    }

    public bool Erase(int address, int count)
    {
        if (address < 0 || count < 0 || address > _bytes.Length - count || address % SectorSize != 0 || count % SectorSize != 0)
        {
            throw new ArgumentOutOfRangeException(nameof(address));
        }

        CheckWritable();
        BoardHost.Current.Flash.Erases += count / SectorSize;
        Array.Fill(_bytes, (byte)0xFF, address, count);
        return true;
    }

    private void Check(int address, byte[] buffer, int offset, int count)
    {
        ArgumentNullException.ThrowIfNull(buffer);
        if (count < 0 || address < 0 || address > _bytes.Length - count || offset < 0 || offset > buffer.Length - count)
        {
            throw new ArgumentOutOfRangeException(nameof(count));
        }
    }

    private void CheckWritable()
    {
        if (_isReadOnly)
        {
            throw new InvalidOperationException("the region can only be read");
        }
    }
}
