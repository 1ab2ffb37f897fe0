namespace JamBox.Backend.Insights.Estimation;

/// <summary>A count with what was heard when it was made.</summary>
/// <param name="Count">The count.</param>
/// <param name="Day">Number of the place's day on which it was made.</param>
/// <param name="SlotsMs">The slots that it covers.</param>
internal sealed record Observation(CalibrationCount Count, int Day, IReadOnlyList<long> SlotsMs)
{
    /// <summary>How long a door was watched, hours.</summary>
    public double Hours => Count.Minutes / 60.0;
}

/// <summary>
/// Fits one curve: a posterior over shapes and their scale (and over the mean stay, where doors were counted) on a grid. Counts pull by a
/// Laplace likelihood, which one odd count cannot tip; counts of the same day pull together as one and a bit, since they share their error.
/// </summary>
internal sealed class CurveFit
{
    private const int ScaleSteps = 71;
    private const double ScaleReach = 5;
    private const int StaySteps = 41;
    private const double StayReach = 2.8;

    /// <summary>What a grid point has less than this of the best one's posterior (natural logarithm) is nothing.</summary>
    private const double Negligible = -20;

    private readonly Shape[] _shapes;
    private readonly Observation[] _present;
    private readonly Observation[] _doors;
    private readonly double[] _presentWeights;

    // People at scale 1, by shape and count.
    private readonly double[][] _presentLevels;
    private readonly double[][] _doorLevels;
    private readonly int[] _groups;
    private readonly int _groupCount;

    // Natural logarithms, by shape × scale: of prior and doors; of the present counts of each group.
    private readonly double[] _prior;
    private readonly double[][] _byGroup;
    private readonly double[] _stayLogs;
    private readonly double[] _stayPrior;
    private readonly double[]? _doorLikelihood;

    /// <summary>Prepares a fit.</summary>
    /// <param name="place">What the place heard.</param>
    /// <param name="observations">Counts; all of their slots have been heard.</param>
    /// <param name="windows">Windows with their prior weights.</param>
    /// <param name="stayHours">Mean stay set by the owner, hours, or null.</param>
    public CurveFit(
        PlaceSignal place,
        IReadOnlyList<Observation> observations,
        IReadOnlyList<(SignalWindow Value, double Weight)> windows,
        double? stayHours)
    {
        _shapes = Shapes(windows);
        _present = [.. observations.Where(one => one.Count.Kind == CalibrationKind.Present)];
        _doors = [.. observations.Where(one => one.Count.Kind == CalibrationKind.Door)];
        _presentWeights = Weights(_present);
        _presentLevels = Levels(place, _present);
        _doorLevels = Levels(place, _doors);
        (_groups, _groupCount) = Groups(_present);
        double stayWidth = stayHours is null ? PeoplePrior.StayWidth : PeoplePrior.SetStayWidth;
        double stayLog = Math.Log(stayHours ?? PeoplePrior.StayHours);
        _stayLogs = Grid(stayLog, StayReach * stayWidth, StaySteps);
        _stayPrior = [.. _stayLogs.Select(log => -0.5 * Math.Pow((log - stayLog) / stayWidth, 2))];
        _prior = Prior();
        _byGroup = PresentLikelihood();
        if (_doors.Length > 0)
        {
            _doorLikelihood = DoorLikelihood();
            AddDoors();
        }
    }

    /// <summary>The curve.</summary>
    public ModelCurve Curve()
    {
        double[] posterior = Posterior(except: -1);
        return new ModelCurve(Mixture(posterior), Bands());
    }

    /// <summary>
    /// The stay: mean and standard deviation of its natural logarithm; and the latter of the visitors' (people by stay) at a usual level.
    /// </summary>
    public (double LogStay, double StayError, double VisitorError) Stay()
    {
        double[] posterior = Posterior(except: -1);
        double[] usual = [.. _shapes.Select((_, shape) => UsualLevel(shape))];
        Moments stay = new();
        Moments visitors = new();
        double[] stays = new double[_stayLogs.Length];
        for (int point = 0; point < posterior.Length; point++)
        {
            if (posterior[point] < 1e-9)
            {
                continue;
            }

            StayPosterior(point, stays);
            int shape = point / ScaleSteps;
            double people = Math.Log(Math.Max(1e-3, usual[shape])) + _shapes[shape].ScaleLogs[point % ScaleSteps];
            for (int step = 0; step < stays.Length; step++)
            {
                stay.Add(_stayLogs[step], posterior[point] * stays[step]);
                visitors.Add(people - _stayLogs[step], posterior[point] * stays[step]);
            }
        }

        return (stay.Mean, stay.Deviation, visitors.Deviation);
    }

    private static Shape[] Shapes(IReadOnlyList<(SignalWindow Value, double Weight)> windows) =>
    [
        .. from window in windows
           from gate in PeoplePrior.Gates
           from offset in PeoplePrior.Offsets
           from power in PeoplePrior.Powers
           select new Shape(
               gate.Value,
               window.Value,
               offset.Value,
               power.Value,
               Math.Log(window.Weight * gate.Weight * offset.Weight * power.Weight),
               Grid(
                   PeoplePrior.LogScale(gate.Value, offset.Value, power.Value),
                   ScaleReach * PeoplePrior.ScaleWidth,
                   ScaleSteps)),
    ];

    private static double[] Grid(double middle, double reach, int steps) =>
        [.. Enumerable.Range(0, steps).Select(step => middle + (reach * ((2.0 * step / (steps - 1)) - 1)))];

    /// <summary>Days are left out together; counts of fewer than three days one by one.</summary>
    private static (int[] Groups, int Count) Groups(Observation[] present)
    {
        int[] days = [.. present.Select(one => one.Day).Distinct().Order()];
        return days.Length >= 3
            ? ([.. present.Select(one => Array.IndexOf(days, one.Day))], days.Length)
            : ([.. Enumerable.Range(0, present.Length)], present.Length);
    }

    /// <summary>What a count weighs among its neighbours in time: one over the sum of what it shares with each, itself included.</summary>
    private static double[] Weights(Observation[] observations) =>
    [
        .. observations.Select(
            one => 1 / observations.Sum(other => ErrorCorrelation.Of(one.Count.AtMs, one.Day, other.Count.AtMs, other.Day))),
    ];

    private double[][] Levels(PlaceSignal place, Observation[] observations)
    {
        double[][] levels = new double[_shapes.Length][];
        for (int shape = 0; shape < _shapes.Length; shape++)
        {
            levels[shape] = [.. observations.Select(one => one.SlotsMs.Average(slotMs => _shapes[shape].PeopleAtOne(place, slotMs)))];
        }

        return levels;
    }

    private double[] Prior()
    {
        double[] prior = new double[_shapes.Length * ScaleSteps];
        for (int point = 0; point < prior.Length; point++)
        {
            Shape shape = _shapes[point / ScaleSteps];
            double off = (shape.ScaleLogs[point % ScaleSteps] - shape.ScaleLogs[ScaleSteps / 2]) / PeoplePrior.ScaleWidth;
            const double Freedom = PeoplePrior.ScaleFreedom;
            prior[point] = shape.LogWeight - ((Freedom + 1) / 2 * Math.Log(1 + (off * off / Freedom)));
        }

        return prior;
    }

    private double[][] PresentLikelihood()
    {
        double[][] byGroup = [.. Enumerable.Range(0, _groupCount).Select(_ => new double[_prior.Length])];
        for (int shape = 0; shape < _shapes.Length; shape++)
        {
            for (int step = 0; step < ScaleSteps; step++)
            {
                double scale = Math.Exp(_shapes[shape].ScaleLogs[step]);
                int point = (shape * ScaleSteps) + step;
                for (int one = 0; one < _present.Length; one++)
                {
                    double people = scale * _presentLevels[shape][one];
                    double spread = ModelError.Spread(people);
                    double likelihood = -(Math.Abs(_present[one].Count.Number - people) / spread) - Math.Log(spread);
                    byGroup[_groups[one]][point] += _presentWeights[one] * likelihood;
                }
            }
        }

        return byGroup;
    }

    /// <summary>By point × stay. What a door count says depends on people / stay alone: tabulated by its logarithm.</summary>
    private double[] DoorLikelihood()
    {
        double[] likelihood = new double[_prior.Length * StaySteps];
        double[] weights = Weights(_doors);
        for (int one = 0; one < _doors.Length; one++)
        {
            DoorTable table = new(_doors[one], weights[one]);
            for (int point = 0; point < _prior.Length; point++)
            {
                int shape = point / ScaleSteps;
                double people = Math.Exp(_shapes[shape].ScaleLogs[point % ScaleSteps]) * _doorLevels[shape][one];
                double guests = Math.Log(Math.Max(1e-3, people - _doors[one].Count.Staff));
                for (int step = 0; step < StaySteps; step++)
                {
                    likelihood[(point * StaySteps) + step] += table.Of(guests - _stayLogs[step]);
                }
            }
        }

        return likelihood;
    }

    private void AddDoors()
    {
        double[] stays = new double[StaySteps];
        for (int point = 0; point < _prior.Length; point++)
        {
            _prior[point] += StayPosterior(point, stays);
        }
    }

    /// <summary>Fills in the posterior of the stay at a grid point, and returns the logarithm of its sum.</summary>
    private double StayPosterior(int point, double[] stays)
    {
        double most = double.NegativeInfinity;
        for (int step = 0; step < stays.Length; step++)
        {
            stays[step] = _stayPrior[step] + (_doorLikelihood is null ? 0 : _doorLikelihood[(point * StaySteps) + step]);
            most = Math.Max(most, stays[step]);
        }

        return most + Math.Log(Normalise(stays, most));
    }

    /// <summary>Takes logarithms to shares of 1; returns what they added up to, relative to the greatest.</summary>
    private static double Normalise(double[] logs, double most)
    {
        double sum = 0;
        for (int index = 0; index < logs.Length; index++)
        {
            double off = logs[index] - most;
            logs[index] = off < Negligible ? 0 : Math.Exp(off);
            sum += logs[index];
        }

        for (int index = 0; index < logs.Length; index++)
        {
            logs[index] /= sum;
        }

        return sum;
    }

    /// <summary>Posterior of all grid points, without the present counts of one group (−1 = with all).</summary>
    private double[] Posterior(int except)
    {
        double[] posterior = [.. _prior];
        for (int group = 0; group < _groupCount; group++)
        {
            if (group == except)
            {
                continue;
            }

            double[] likelihood = _byGroup[group];
            for (int point = 0; point < posterior.Length; point++)
            {
                posterior[point] += likelihood[point];
            }
        }

        Normalise(posterior, posterior.Max());
        return posterior;
    }

    /// <summary>The heaviest shapes, each with the mean of its scale (of the roots, squared) and how sure that is.</summary>
    private List<ModelShape> Mixture(double[] posterior)
    {
        List<ModelShape> shapes = [];
        for (int index = 0; index < _shapes.Length; index++)
        {
            Shape shape = _shapes[index];
            double weight = 0;
            double root = 0;
            Moments logs = new();
            for (int step = 0; step < ScaleSteps; step++)
            {
                double share = posterior[(index * ScaleSteps) + step];
                weight += share;
                root += share * Math.Exp(0.5 * shape.ScaleLogs[step]);
                logs.Add(shape.ScaleLogs[step], share);
            }

            if (weight > 1e-6)
            {
                double scale = root * root / (weight * weight);
                shapes.Add(new ModelShape(shape.Gate, shape.Window, shape.Offset, shape.Power, scale, logs.Deviation, weight));
            }
        }

        shapes.Sort((one, other) => other.Weight.CompareTo(one.Weight));
        List<ModelShape> kept = [.. shapes.Take(ModelCurve.MostShapes)];
        double total = kept.Sum(shape => shape.Weight);
        return [.. kept.Select(shape => shape with { Weight = shape.Weight / total })];
    }

    /// <summary>Errors by height: residuals of present counts by a fit without their day, together with the prior's.</summary>
    private List<ErrorBand> Bands()
    {
        List<(double People, double Residual, double Weight)> residuals = [];
        for (int group = 0; group < _groupCount && _groupCount > 1; group++)
        {
            double[] posterior = Posterior(group);
            double[] roots = ScaleMoments(posterior, 0.5);
            double[] squares = ScaleMoments(posterior, 2);
            for (int one = 0; one < _present.Length; one++)
            {
                if (_groups[one] == group)
                {
                    double root = 0;
                    double second = 0;
                    for (int shape = 0; shape < _shapes.Length; shape++)
                    {
                        double level = _presentLevels[shape][one];
                        root += roots[shape] * Math.Sqrt(level);
                        second += squares[shape] * level * level;
                    }

                    double people = root * root;
                    double variance = Math.Pow(ModelError.Spread(people), 2) + Math.Max(0, second - (people * people));
                    double residual = (_present[one].Count.Number - people) / Math.Sqrt(variance);
                    residuals.Add((people, residual, Math.Sqrt(_presentWeights[one])));
                }
            }
        }

        return ErrorBands.Of(residuals);
    }

    /// <summary>By shape: the posterior mean of a power of its scale, times its weight.</summary>
    private double[] ScaleMoments(double[] posterior, double power)
    {
        double[] moments = new double[_shapes.Length];
        for (int point = 0; point < posterior.Length; point++)
        {
            if (posterior[point] > 0)
            {
                int shape = point / ScaleSteps;
                moments[shape] += posterior[point] * Math.Exp(power * _shapes[shape].ScaleLogs[point % ScaleSteps]);
            }
        }

        return moments;
    }

    private double UsualLevel(int shape)
    {
        double[] levels = [.. _presentLevels[shape], .. _doorLevels[shape]];
        return levels.Length == 0
            ? Math.Exp(Math.Log(PeoplePrior.AnchorPeople) - _shapes[shape].ScaleLogs[ScaleSteps / 2])
            : levels.Average();
    }

    private sealed record Shape(
        SignalGate Gate, SignalWindow Window, double Offset, double Power, double LogWeight, double[] ScaleLogs)
    {
        /// <summary>People at scale 1 in a slot; 0 where the window heard nothing.</summary>
        public double PeopleAtOne(PlaceSignal place, long slotMs)
        {
            double? level = place.Level(Gate, ModelCurve.From(slotMs, Window), ModelCurve.To(slotMs, Window));
            return level > Offset ? Math.Pow(level.Value - Offset, Power) : 0;
        }
    }

    private sealed class Moments
    {
        private double _weight;
        private double _first;
        private double _second;

        public double Mean => _weight > 0 ? _first / _weight : 0;

        public double Deviation => _weight > 0 ? Math.Sqrt(Math.Max(0, (_second / _weight) - (Mean * Mean))) : 0;

        public void Add(double value, double weight)
        {
            _weight += weight;
            _first += weight * value;
            _second += weight * value * value;
        }
    }

    /// <summary>Log likelihood of a door count by the logarithm of people / stay (arrivals an hour).</summary>
    private sealed class DoorTable
    {
        private const double Least = -12;
        private const double Step = 0.05;
        private readonly double[] _values = new double[521];

        public DoorTable(Observation door, double weight)
        {
            for (int index = 0; index < _values.Length; index++)
            {
                double arrivals = Math.Exp(Least + (index * Step)) * door.Hours;

                // Arrivals are chance (a root) and not quite in step with who is there (a share).
                double spread = 0.6 + (0.8 * Math.Sqrt(arrivals)) + (0.2 * arrivals);
                _values[index] = weight * (-(Math.Abs(door.Count.Number - arrivals) / spread) - Math.Log(spread));
            }
        }

        public double Of(double logArrivals)
        {
            double position = Math.Clamp((logArrivals - Least) / Step, 0, _values.Length - 1.001);
            int below = (int)position;
            return _values[below] + ((position - below) * (_values[below + 1] - _values[below]));
        }
    }
}
