using JamBox.Board;

namespace JamBox.Interop;

/// <summary>Stand-in of Firmware.Atoms3/Interop.</summary>
public sealed class FlashRegion
{
    public const int SectorSize = 4096;

    private readonly NorPartition _partition;
    private readonly bool _isReadOnly;

    public FlashRegion(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        _partition = (name == "boot" ? null : BoardHost.Current.Flash.Find(name)) ?? throw new ArgumentException($"no partition '{name}'");
        _isReadOnly = name is "deploy" or "previous" or "ident";
    }

    public int Length => _partition.Length;

    public bool Read(int address, byte[] buffer, int offset, int count)
    {
        Check(address, buffer, offset, count);
        _ = BoardHost.Current;
        return _partition.Read(address, buffer.AsSpan(offset, count));
    }

    public bool Write(int address, byte[] buffer, int offset, int count)
    {
        Check(address, buffer, offset, count);
        CheckWritable();
        _ = BoardHost.Current;
        return _partition.Write(address, buffer.AsSpan(offset, count));
    }

    public bool Erase(int address, int count)
    {
        if (address < 0 || count < 0 || address > _partition.Length - count || address % SectorSize != 0 || count % SectorSize != 0)
        {
            throw new ArgumentOutOfRangeException(nameof(address));
        }

        CheckWritable();
        _ = BoardHost.Current;
        bool isErased = true;
        for (int done = 0; done < count && isErased; done += SectorSize)
        {
            isErased = _partition.Erase(address + done);
        }

        return isErased;
    }

    private void Check(int address, byte[] buffer, int offset, int count)
    {
        ArgumentNullException.ThrowIfNull(buffer);
        if (count < 0 || address < 0 || address > _partition.Length - count || offset < 0 || offset > buffer.Length - count)
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
