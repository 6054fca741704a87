// What FaissLibrary.java calls: FAISS behind functions that check what FAISS leaves unchecked. Exceptions become Java's.
#pragma once

#include <faiss/Clustering.h>
#include <faiss/IVFlib.h>
#include <faiss/Index.h>
#include <faiss/IndexFlat.h>
#include <faiss/IndexHNSW.h>
#include <faiss/IndexIDMap.h>
#include <faiss/IndexIVFFlat.h>
#include <faiss/IndexPreTransform.h>
#include <faiss/IndexRefine.h>
#include <faiss/impl/io.h>
#include <faiss/index_factory.h>
#include <faiss/index_io.h>
#include <faiss/utils/utils.h>
#include <omp.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <string>

namespace fastif {

using faiss::Index;

inline void require(bool condition, const char* message) {
    if (!condition) {
        throw std::invalid_argument(message);
    }
}

/// OpenMP's number of threads for the calling thread, put back at the end of the scope
class Threads {
    int before;

  public:
    explicit Threads(int n) : before(omp_get_max_threads()) { omp_set_num_threads(n); }
    ~Threads() { omp_set_num_threads(before); }
};

/// the index inside of transforms, id maps and refinements
inline const Index* innermost(const Index* index) {
    for (;;) {
        if (auto transform = dynamic_cast<const faiss::IndexPreTransform*>(index)) {
            index = transform->index;
        } else if (auto map = dynamic_cast<const faiss::IndexIDMap*>(index)) {
            index = map->index;
        } else if (auto refine = dynamic_cast<const faiss::IndexRefine*>(index)) {
            index = refine->base_index;
        } else {
            return index;
        }
    }
}

inline faiss::IndexIVF* ivf(Index* index) {
    return dynamic_cast<faiss::IndexIVF*>(const_cast<Index*>(innermost(index)));
}

inline faiss::IndexHNSW* hnsw(Index* index) {
    return dynamic_cast<faiss::IndexHNSW*>(const_cast<Index*>(innermost(index)));
}

/// what the linked library was compiled with, "GENERIC " or "OPTIMIZE AVX2 "
inline std::string build() { return faiss::get_compile_options(); }

inline const char* version() {
#define FASTIF_TEXT(x) #x
#define FASTIF_VERSION(major, minor, patch) FASTIF_TEXT(major) "." FASTIF_TEXT(minor) "." FASTIF_TEXT(patch)
    return FASTIF_VERSION(FAISS_VERSION_MAJOR, FAISS_VERSION_MINOR, FAISS_VERSION_PATCH);
}

inline Index* create(int d, const char* factory) {
    require(d > 0, "the dimension must be positive");
    Index* index = faiss::index_factory(d, factory, faiss::METRIC_L2);
    if (auto lists = ivf(index)) {
        lists->cp.min_points_per_centroid = 1; // fewer is worse, not wrong: FaissIndex says so, not standard error
    }
    return index;
}

inline void destroy(Index* index) { delete index; }

inline int dimension(const Index* index) { return index->d; }

inline int64_t size(const Index* index) { return index->ntotal; }

inline bool trained(const Index* index) { return index->is_trained; }

/// whether the vectors that were added are kept as they are: their distances can be computed exactly
inline bool keepsVectors(const Index* index) {
    return typeid(*index) == typeid(faiss::IndexFlatL2) || typeid(*index) == typeid(faiss::IndexFlat) ||
            typeid(*index) == typeid(faiss::IndexIVFFlat) || typeid(*index) == typeid(faiss::IndexHNSWFlat);
}

/// number of inverted lists, 0 if it has none
inline int64_t lists(Index* index) {
    auto lists = ivf(index);
    return lists ? static_cast<int64_t>(lists->nlist) : 0;
}

/// whether it is a graph, whose search stops at what it reaches
inline bool isGraph(Index* index) { return hnsw(index) != nullptr; }

inline void seed(Index* index, int seed) {
    if (auto lists = ivf(index)) {
        lists->cp.seed = seed;
    }
}

inline void probe(Index* index, int64_t nprobe) {
    auto lists = ivf(index);
    require(lists && nprobe > 0, "only an IVF index takes nprobe, at least 1");
    lists->nprobe = static_cast<size_t>(std::min<int64_t>(nprobe, lists->nlist));
    if (auto graph = dynamic_cast<faiss::IndexHNSW*>(lists->quantizer)) {
        graph->hnsw.efSearch = std::max<int>(graph->hnsw.efSearch, static_cast<int>(lists->nprobe));
    }
}

/// how many neighbours a graph keeps in sight. FAISS 1.7.3 sizes its queue by the field alone, and stops by the
/// parameter of the search: see search.
inline void effort(Index* index, int efSearch) {
    auto graph = hnsw(index);
    require(graph && efSearch > 0, "only an HNSW index takes efSearch, at least 1");
    graph->hnsw.efSearch = efSearch;
}

inline void train(Index* index, int64_t n, const float* x, int threads) {
    Threads scope(threads);
    require(n > 0, "training needs vectors");
    index->train(n, x);
}

/// memory for n vectors at once: growing would take up to twice as much
inline void reserve(Index* index, int64_t n) {
    const Index* codes = innermost(index);
    if (auto graph = dynamic_cast<const faiss::IndexHNSW*>(codes)) {
        codes = graph->storage;
    }
    if (auto flat = dynamic_cast<const faiss::IndexFlatCodes*>(codes)) {
        const_cast<faiss::IndexFlatCodes*>(flat)->codes.reserve(n * flat->code_size);
    }
}

inline void add(Index* index, int64_t n, const float* x, int threads) {
    Threads scope(threads);
    require(index->is_trained, "an index must be trained before vectors are added");
    require(n > 0, "there is nothing to add");
    index->add(n, x);
}

/// after the last add: lets vectors be found by id
inline void finish(Index* index) {
    if (auto lists = dynamic_cast<faiss::IndexIVFFlat*>(index)) {
        lists->make_direct_map(true);
    }
}

/// Queries below FAISS's threshold of 20 are compared directly, not by matrix products, whose distances cancel and
/// depend on the other queries.
constexpr int64_t QUERIES = 16;

inline void search(Index* index, int64_t n, const float* x, int64_t k, int64_t efSearch, float* distances, int64_t* ids) {
    require(index->is_trained && k > 0 && k <= index->ntotal, "k must be 1 to the number of vectors");
    faiss::SearchParametersHNSW stop;
    stop.efSearch = static_cast<int>(std::max(efSearch, k));
    auto parameters = dynamic_cast<faiss::IndexHNSW*>(index) ? &stop : nullptr;
    for (int64_t i = 0; i < n; i += QUERIES) {
        int64_t count = std::min(QUERIES, n - i);
        index->search(count, x + i * index->d, k, distances + i * k, ids + i * k, parameters);
    }
}

/// squared distances, in double precision, of a query to the vectors of these ids
inline void distances(Index* index, const float* query, int64_t n, const int64_t* ids, double* out) {
    std::unique_ptr<float[]> x(new float[index->d]);
    for (int64_t i = 0; i < n; i++) {
        require(ids[i] >= 0 && ids[i] < index->ntotal, "an id is outside of the index");
        index->reconstruct(ids[i], x.get());
        double sum = 0;
        for (int j = 0; j < index->d; j++) {
            double difference = static_cast<double>(query[j]) - x[j];
            sum += difference * difference;
        }
        out[i] = sum;
    }
}

/// an open file, closed at the end of the scope
class File {
  public:
    FILE* const file;
    File(const char* path, const char* mode) : file(fopen(path, mode)) {
        if (!file) {
            throw std::runtime_error(std::string("cannot open ") + path + ": " + strerror(errno));
        }
    }
    ~File() { fclose(file); }
};

/// appends to a file; unlike FAISS's own, also notices what the last flush could not write
inline void append(const Index* index, const char* path) {
    File out(path, "ab");
    faiss::write_index(index, out.file);
    if (fflush(out.file) != 0) {
        throw std::runtime_error(std::string("cannot write: ") + strerror(errno));
    }
}

inline Index* read(const char* path, int64_t offset) {
    File in(path, "rb");
    require(fseek(in.file, offset, SEEK_SET) == 0, "cannot seek in the file");
    return faiss::read_index(in.file);
}

} // namespace fastif
