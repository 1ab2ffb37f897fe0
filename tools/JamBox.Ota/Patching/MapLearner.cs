namespace JamBox.Ota.Patching;

/// <summary>
/// Learns how references are numbered anew: where base and new image are aligned, each reference of the base votes for what stands in its
/// place. The cheapest way through all votes of a group is its steps.
/// </summary>
internal static class MapLearner
{
    /// <summary>What a reference that is mapped wrongly costs in the patch, bits.</summary>
    private const int MissBits = 12;

    /// <summary>
    /// What a step costs, bits; by 8 or an eighth more, until what is left are so many as a device holds: some 60 rounds at most.
    /// </summary>
    private const int StepBits = 22;
    private const int MoreStepBits = 8;
    private const int MostStepBits = 1 << 16;

    /// <summary>
    /// Shifts that are looked at in a group: those that most references vote for. For one vote no step is worth it. A byte for each and
    /// each of at most 65,536 values: 16 MB.
    /// </summary>
    private const int MostShifts = 256;
    private const int LeastVotes = 2;

    /// <summary>Learns.</summary>
    /// <param name="old">The references of the base.</param>
    /// <param name="made">Those of the new image.</param>
    /// <param name="pieces">How the new image is aligned with the base.</param>
    /// <param name="cancellation">Stops the work.</param>
    public static ReferenceMap Learn(
        List<ImageReference> old, List<ImageReference> made, List<Piece> pieces, CancellationToken cancellation)
    {
        SortedDictionary<int, Dictionary<int, int>> votes = Vote(old, made, pieces);
        for (int bits = StepBits; ; bits += Math.Max(MoreStepBits, bits / 8))
        {
            var map = new ReferenceMap();
            foreach (IGrouping<int, KeyValuePair<int, Dictionary<int, int>>> group in votes.GroupBy(static vote => vote.Key >> 16))
            {
                cancellation.ThrowIfCancellationRequested();
                List<(int First, int Shift)> steps = Steps([.. group], bits);
                if (steps.Count > 0)
                {
                    map.Add(group.Key, steps);
                }
            }

            if (map.Steps <= ReferenceMap.MostSteps && map.Groups <= ReferenceMap.MostGroups)
            {
                return map;
            }

            if (bits > MostStepBits)
            {
                return new ReferenceMap();
            }
        }
    }

    /// <summary>By group and value: how often each shift was seen.</summary>
    private static SortedDictionary<int, Dictionary<int, int>> Vote(List<ImageReference> old, List<ImageReference> made, List<Piece> pieces)
    {
        var votes = new SortedDictionary<int, Dictionary<int, int>>();
        Dictionary<int, ImageReference> byPosition = old.ToDictionary(static reference => reference.Position);
        int piece = 0;
        foreach (ImageReference reference in made)
        {
            while (piece < pieces.Count && pieces[piece].End <= reference.Position)
            {
                piece++;
            }

            if (piece == pieces.Count)
            {
                break;
            }

            if (pieces[piece].Shift == Piece.Extra || pieces[piece].Start > reference.Position || pieces[piece].End < reference.Position + 2
                || !byPosition.TryGetValue(reference.Position + pieces[piece].Shift, out ImageReference before)
                || before.Group % ReferenceMap.KindsAnAssembly != reference.Group % ReferenceMap.KindsAnAssembly)
            {
                continue;
            }

            int key = (before.Group << 16) | before.Value;
            if (!votes.TryGetValue(key, out Dictionary<int, int>? shifts))
            {
                votes.Add(key, shifts = []);
            }

            int shift = reference.Value - before.Value;
            shifts[shift] = shifts.GetValueOrDefault(shift) + 1;
        }

        return votes;
    }

    private static List<(int First, int Shift)> Steps(List<KeyValuePair<int, Dictionary<int, int>>> votes, int stepBits)
    {
        // Before the first step nothing is shifted: shift 0 comes first.
        int[] shifts =
        [
            0,
            .. votes.SelectMany(static vote => vote.Value).Where(static vote => vote.Key != 0).GroupBy(static vote => vote.Key)
                .Where(static shift => shift.Sum(static vote => vote.Value) >= LeastVotes)
                .OrderByDescending(static shift => shift.Sum(static vote => vote.Value)).ThenBy(static shift => shift.Key)
                .Select(static shift => shift.Key).Take(MostShifts - 1),
        ];
        Dictionary<int, int> indexOf = shifts.Select(static (shift, index) => (shift, index)).ToDictionary();
        var cost = new long[shifts.Length];
        Array.Fill(cost, long.MaxValue / 2, 1, shifts.Length - 1);
        var from = new byte[votes.Count][];
        for (int k = 0; k < votes.Count; k++)
        {
            int cheapest = Array.IndexOf(cost, cost.Min());
            long enter = cost[cheapest] + stepBits;
            long misses = (long)MissBits * votes[k].Value.Values.Sum();
            from[k] = new byte[shifts.Length];
            for (int i = 0; i < cost.Length; i++)
            {
                bool isStep = enter < cost[i];
                from[k][i] = (byte)(isStep ? cheapest : i);
                cost[i] = (isStep ? enter : cost[i]) + misses;
            }

            foreach ((int shift, int count) in votes[k].Value)
            {
                if (indexOf.TryGetValue(shift, out int index))
                {
                    cost[index] -= (long)MissBits * count;
                }
            }
        }

        int state = Array.IndexOf(cost, cost.Min());
        var steps = new List<(int First, int Shift)>();
        for (int k = votes.Count - 1; k >= 0; k--)
        {
            int before = from[k][state];
            if (before != state)
            {
                steps.Add((votes[k].Key & 0xFFFF, shifts[state]));
            }

            state = before;
        }

        steps.Reverse();
        return steps;
    }
}
