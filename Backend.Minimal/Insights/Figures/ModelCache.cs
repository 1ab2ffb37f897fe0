using System.Collections.Concurrent;

using JamBox.Backend.Insights.Calibration;
using JamBox.Backend.Insights.Estimation;

namespace JamBox.Backend.Insights.Figures;

/// <summary>Models whose text was read before: a version is never changed, and reading it takes as long as a day's figures.</summary>
internal sealed class ModelCache
{
    /// <summary>Models that are kept; a model has some 10 KB.</summary>
    private const int Most = 1000;

    private readonly ConcurrentDictionary<long, (string Json, PeopleModel Model)> _models = [];

    /// <summary>The model of a version.</summary>
    public PeopleModel Of(StoredModel stored)
    {
        // The text is compared, so that a number can never stand for another model.
        if (_models.TryGetValue(stored.Id, out (string Json, PeopleModel Model) known) && known.Json == stored.Json)
        {
            return known.Model;
        }

        PeopleModel model = PeopleModel.Read(stored.Json, out string? fault)
            ?? throw new InvalidOperationException($"Model {stored.Id} cannot be read: {fault}");
        if (_models.Count >= Most)
        {
            _models.Clear();
        }

        _models[stored.Id] = (stored.Json, model);
        return model;
    }
}
