"""The public names of vidpred.io and their modules: read by type checkers, and by lazy_loader at run time."""

from .atomic import atomic_folder as atomic_folder, atomic_path as atomic_path, replace_file as replace_file
from .files import open_regular_file as open_regular_file
from .images import MOST_PIXELS as MOST_PIXELS, check_image_size as check_image_size
from .numbered_files import (
    NumberedFiles as NumberedFiles,
    consecutive_files as consecutive_files,
    list_numbered_files as list_numbered_files,
    missing_files as missing_files,
    missing_numbers as missing_numbers,
    natural_key as natural_key,
)
from .png import read_frame as read_frame, write_frames as write_frames
from .tables import read_table as read_table
from .tf_example import (
    Feature as Feature,
    FeatureKind as FeatureKind,
    MalformedExample as MalformedExample,
    decode_feature as decode_feature,
    parse_features as parse_features,
)
from .tfrecord import (
    REDOWNLOAD as REDOWNLOAD,
    describe_record as describe_record,
    iterate_records as iterate_records,
    read_record as read_record,
    record_offsets as record_offsets,
)
from .tfrecord_index import load_or_build_index as load_or_build_index
