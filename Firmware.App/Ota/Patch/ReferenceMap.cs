using JamBox.Ports;

namespace JamBox.Ota.Patch;

/// <summary>
/// How the references of the base are numbered in the new image. By assembly and kind, from a number on all are shifted by the same, until
/// the next step. It is read from a patch number by number: how many groups; for each its own number (assembly × 8 + kind), its steps,
/// and of each step where it begins (counted from the step before it) and by how much more it shifts than that.
/// </summary>
internal sealed class ReferenceMap
{
    /// <summary>Groups of an assembly; the first is not used.</summary>
    public const int Kinds = 8;

    /// <summary>Assemblies from this one on have no groups.</summary>
    public const int MostAssemblies = 32;

    private const int MostSteps = 192;
    private const int MostGroups = 48;
    private const int Values = 0x10000;

    private readonly ushort[] _firsts;
    private readonly ushort[] _shifts;
    private readonly byte[] _groups;
    private readonly ushort[] _ends;

    // The steps of the assembly that is being read, by kind.
    private readonly ushort[] _from;
    private readonly ushort[] _to;

    private Part _part;
    private int _groupCount;
    private int _group;
    private int _step;
    private int _stepEnd;
    private int _first;
    private int _shift;
    private bool _isFirst;

    /// <summary>All tables are allocated here.</summary>
    /// <param name="heap">Hears of every block before it is made; <c>null</c> for none.</param>
    public ReferenceMap(IHeap heap)
    {
        _firsts = Block(heap, MostSteps);
        _shifts = Block(heap, MostSteps);
        heap?.Reserve(MostGroups);
        _groups = new byte[MostGroups];
        _ends = Block(heap, MostGroups);
        _from = Block(heap, Kinds);
        _to = Block(heap, Kinds);
    }

    private enum Part
    {
        Groups,
        Group,
        Steps,
        First,
        Shift,
        Whole,
    }

    /// <summary>Gets the bytes of all tables, as on the board.</summary>
    public static int TableBytes => (MostSteps * 4) + (MostGroups * 3) + (Kinds * 4);

    /// <summary>Gets a value indicating whether all of it has been read.</summary>
    public bool IsWhole => _part == Part.Whole;

    /// <summary>Begins to read a map.</summary>
    public void Begin()
    {
        _part = Part.Groups;
        _groupCount = 0;
        _group = 0;
        _step = 0;
    }

    /// <summary>Takes the next number of the patch.</summary>
    /// <param name="number">The number.</param>
    /// <returns><c>false</c> when no map has it here.</returns>
    public bool Take(int number)
    {
        switch (_part)
        {
            case Part.Groups:
                _groupCount = number;
                _part = number == 0 ? Part.Whole : Part.Group;
                return number >= 0 && number <= MostGroups;
            case Part.Group:
                _part = Part.Steps;
                return number < MostAssemblies * Kinds && AddGroup(number);
            case Part.Steps:
                _part = Part.First;
                _stepEnd = _step + number;
                _ends[_group] = (ushort)_stepEnd;
                _first = 0;
                _shift = 0;
                _isFirst = true;
                return number >= 1 && number <= MostSteps - _step;
            case Part.First:
                return TakeFirst(number);
            case Part.Shift:
                return TakeShift(number);
            default:
                return false;
        }
    }

    /// <summary>Looks at an assembly: <see cref="Map"/> is about that from now on.</summary>
    /// <param name="assembly">Its number, from 0.</param>
    /// <returns><c>false</c> when nothing is mapped in it.</returns>
    public bool Select(int assembly)
    {
        bool isMapped = false;
        for (int kind = 0; kind < Kinds; kind++)
        {
            _from[kind] = 0;
            _to[kind] = 0;
        }

        for (int i = 0; i < _groupCount; i++)
        {
            int kind = _groups[i] - (assembly * Kinds);
            if (kind >= 0 && kind < Kinds)
            {
                _from[kind] = i == 0 ? (ushort)0 : _ends[i - 1];
                _to[kind] = _ends[i];
                isMapped = true;
            }
        }

        return isMapped;
    }

    /// <summary>Gives a reference its number in the new image.</summary>
    /// <param name="kind">Its kind.</param>
    /// <param name="value">Its number in the base.</param>
    /// <returns>The other number.</returns>
    public int Map(int kind, int value)
    {
        ushort[] firsts = _firsts;
        int begin = _from[kind];
        int low = begin;
        int high = _to[kind];
        while (low < high)
        {
            int middle = (low + high) >> 1;
            if (firsts[middle] <= value)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low == begin ? value : (value + _shifts[low - 1]) & (Values - 1);
    }

    private static ushort[] Block(IHeap heap, int values)
    {
        heap?.Reserve(values * 2);
        return new ushort[values];
    }

    private bool AddGroup(int number)
    {
        int before = _group == 0 ? -1 : _groups[_group - 1];
        if (number <= before)
        {
            return false;
        }

        _groups[_group] = (byte)number;
        return true;
    }

    private bool TakeFirst(int number)
    {
        if (number < (_isFirst ? 0 : 1) || number >= Values - _first)
        {
            return false;
        }

        _isFirst = false;
        _first += number;
        _firsts[_step] = (ushort)_first;
        _part = Part.Shift;
        return true;
    }

    private bool TakeShift(int number)
    {
        if (number <= -Values || number >= Values)
        {
            return false;
        }

        _shift = (_shift + number) & (Values - 1);
        _shifts[_step] = (ushort)_shift;
        _step++;
        _part = Part.First;
        if (_step == _stepEnd)
        {
            _group++;
            _part = _group == _groupCount ? Part.Whole : Part.Group;
        }

        return true;
    }
}
