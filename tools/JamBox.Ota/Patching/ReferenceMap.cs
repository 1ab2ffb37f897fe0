using System.Buffers.Binary;

namespace JamBox.Ota.Patching;

/// <summary>
/// How the references of a base are numbered in the new image. By kind and assembly, from a number on all are shifted by the same, until
/// the next step. In a patch: number of groups; for each its own number, its steps, and of each step where it begins (after the
/// step before it) and by how much more it shifts than that.
/// </summary>
internal sealed class ReferenceMap
{
    /// <summary>Groups of an assembly; <see cref="ReferenceKind.None"/> is not used.</summary>
    public const int KindsAnAssembly = 8;

    /// <summary>A device holds so many steps, four bytes each.</summary>
    public const int MostSteps = 192;

    /// <summary>And so many groups, three bytes each.</summary>
    public const int MostGroups = 48;

    private const int Values = 1 << 16;

    private readonly List<(int Group, List<(int First, int Shift)> Steps)> _groups = [];

    /// <summary>Gets a value indicating whether nothing is mapped.</summary>
    public bool IsEmpty => _groups.Count == 0;

    /// <summary>Gets how many groups it has.</summary>
    public int Groups => _groups.Count;

    /// <summary>Gets how many steps it has.</summary>
    public int Steps => _groups.Sum(static group => group.Steps.Count);

    /// <summary>Reads it from a patch.</summary>
    /// <param name="source">The stream of the patch.</param>
    /// <param name="map">The map.</param>
    public static PatchError Read(PatchDecoder source, out ReferenceMap map)
    {
        map = new ReferenceMap();
        PatchError error = PatchVarint.Read(source, out int groups);
        if (error != PatchError.None || groups < 0 || groups > MostGroups)
        {
            return error != PatchError.None ? error : PatchError.BadMap;
        }

        int left = MostSteps;
        int before = -1;
        for (int i = 0; i < groups; i++)
        {
            error = ReadGroup(source, ref before, ref left, map);
            if (error != PatchError.None)
            {
                return error;
            }
        }

        return error;
    }

    /// <summary>Adds a group behind the others.</summary>
    /// <param name="group">Its number.</param>
    /// <param name="steps">At least one, in the order of where they begin.</param>
    public void Add(int group, List<(int First, int Shift)> steps) => _groups.Add((group, steps));

    /// <summary>Writes it into the stream of a patch.</summary>
    /// <param name="stream">The stream.</param>
    public void Write(Stream stream)
    {
        PatchVarint.Write(stream, _groups.Count);
        foreach ((int group, List<(int First, int Shift)> steps) in _groups)
        {
            PatchVarint.Write(stream, group);
            PatchVarint.Write(stream, steps.Count);
            int first = 0;
            int shift = 0;
            foreach ((int First, int Shift) step in steps)
            {
                PatchVarint.Write(stream, step.First - first);
                PatchVarint.Write(stream, step.Shift - shift);
                first = step.First;
                shift = step.Shift;
            }
        }
    }

    /// <summary>The base with its references numbered as in the new image.</summary>
    /// <param name="image">The base.</param>
    /// <param name="references">Those in it.</param>
    public byte[] Map(byte[] image, List<ImageReference> references)
    {
        byte[] mapped = [.. image];
        Dictionary<int, List<(int First, int Shift)>> groups =
            _groups.ToDictionary(static group => group.Group, static group => group.Steps);
        foreach (ImageReference reference in references)
        {
            if (groups.TryGetValue(reference.Group, out List<(int First, int Shift)>? steps))
            {
                int shift = ShiftOf(steps, reference.Value);
                BinaryPrimitives.WriteUInt16LittleEndian(mapped.AsSpan(reference.Position), (ushort)(reference.Value + shift));
            }
        }

        return mapped;
    }

    private static PatchError ReadGroup(PatchDecoder source, ref int before, ref int left, ReferenceMap map)
    {
        PatchError error = PatchVarint.Read(source, out int group);
        if (error != PatchError.None || group <= before || group >= ReferenceFinder.MostAssemblies * KindsAnAssembly)
        {
            return error != PatchError.None ? error : PatchError.BadMap;
        }

        error = PatchVarint.Read(source, out int count);
        if (error != PatchError.None || count < 1 || count > left)
        {
            return error != PatchError.None ? error : PatchError.BadMap;
        }

        before = group;
        left -= count;
        var steps = new List<(int First, int Shift)>(count);
        int first = 0;
        int shift = 0;
        for (int i = 0; i < count; i++)
        {
            error = PatchVarint.Read(source, out int more);
            if (error != PatchError.None || more < (i == 0 ? 0 : 1) || more >= Values - first)
            {
                return error != PatchError.None ? error : PatchError.BadMap;
            }

            error = PatchVarint.Read(source, out int change);
            if (error != PatchError.None || change <= -Values || change >= Values)
            {
                return error != PatchError.None ? error : PatchError.BadMap;
            }

            first += more;
            shift = (shift + change) & (Values - 1);
            steps.Add((first, shift));
        }

        map.Add(group, steps);
        return PatchError.None;
    }

    private static int ShiftOf(List<(int First, int Shift)> steps, int value)
    {
        int low = 0;
        int high = steps.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (steps[middle].First <= value)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low == 0 ? 0 : steps[low - 1].Shift;
    }
}
